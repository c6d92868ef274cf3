import { existsSync } from "node:fs";

const places = [
  process.env.CHROMIUM_PATH ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Where the system's Chromium is; without one the proofs are skipped. */
export const findChromium = () => places.find((place) => place !== "" && existsSync(place));

/** Jest's globalSetup: says once what is skipped, unless REQUIRE_BROWSER=1 says that nothing may be. */
export default function announce() {
  if (findChromium() !== undefined) return;
  if (process.env.REQUIRE_BROWSER === "1")
    throw new Error("REQUIRE_BROWSER=1, but there is no Chromium (CHROMIUM_PATH says where).");
  console.error("The browser proofs are skipped: no Chromium on this machine (CHROMIUM_PATH).");
}
