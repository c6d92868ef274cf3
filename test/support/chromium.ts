import { writeSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { findChromium as systemChromium } from "../../client/test/browser/support/find-chromium.mjs";

/**
 * The system's Chromium. Without one its tests are left out with one line, unless REQUIRE_BROWSER=1
 * says that they may not be.
 */
export function findChromium(): string | undefined {
  const path = systemChromium();
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
