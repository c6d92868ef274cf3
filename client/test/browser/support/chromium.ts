import { existsSync, writeSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = [
  process.env.CHROMIUM_PATH ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/**
 * Where the system's Chromium is. Without one the proofs are skipped with one line, unless
 * REQUIRE_BROWSER=1 says that they may not be.
 */
export function findChromium(): string | undefined {
  const path = places.find((place) => place !== "" && existsSync(place));
  if (path !== undefined) return path;
  if (process.env.REQUIRE_BROWSER === "1")
    throw new Error("REQUIRE_BROWSER=1, but there is no Chromium (CHROMIUM_PATH says where)");
  writeSync(2, "The browser proofs are skipped: no Chromium on this machine (CHROMIUM_PATH).\n");
  return undefined;
}

/** A closed network and a container's root account must not keep it from starting. */
export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
