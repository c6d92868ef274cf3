import Bowser from "bowser";

const maxDeviceLength = 100;
const maxUserAgentLength = 512;

const cut = (text: string, codePoints: number) => [...text].slice(0, codePoints).join("");

/** SECURITY: it is shown to people and written to logs; control and format characters go. */
const printable = (text: string) => text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}]/gu, " ").trim();

export const storedUserAgent = (userAgent: string | null) =>
  userAgent === null ? null : cut(printable(userAgent), maxUserAgentLength);

/** 'Firefox on Linux'; for what is no browser its first product, such as 'curl'. */
function readableName(userAgent: string): string {
  if (userAgent === "") return "";
  const { browser, os } = Bowser.parse(userAgent);
  if (browser.name && os.name) return `${browser.name} on ${os.name}`;
  return browser.name || os.name || userAgent.split(/[/\s]/, 1)[0] || "";
}

/** What a person reads in the list of their sessions. */
export function describeDevice(deviceName: string | null, userAgent: string | null): string {
  const name = deviceName ?? readableName(cut(userAgent ?? "", maxUserAgentLength));
  return cut(printable(name), maxDeviceLength) || "Unknown device";
}
