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
 * The system's Chromium. Without one its tests are left out with one line, unless REQUIRE_BROWSER=1
 * says that they may not be.
 */
export function findChromium(): string | undefined {
  const path = places.find((place) => place !== "" && existsSync(place));
  if (path !== undefined) return path;
  if (process.env.REQUIRE_BROWSER === "1")
    throw new Error("REQUIRE_BROWSER=1, but there is no Chromium (CHROMIUM_PATH says where)");
  writeSync(2, "The pages are not tried in a browser: no Chromium here (CHROMIUM_PATH).\n");
  return undefined;
}

/** Starts also in a container, and where the network is closed. */
export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
