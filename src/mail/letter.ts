/** What a mail says, once for its plain text and its HTML. Every template returns one. */
export interface Letter {
  subject: string;
  parts: Part[];
}

export type Part =
  | { kind: "paragraph"; text: string }
  /** Six digits, large and easy to select. */
  | { kind: "code"; code: string }
  | { kind: "link"; label: string; url: string }
  /** Short facts, such as device and time. */
  | { kind: "facts"; facts: [name: string, value: string][] };

export const paragraph = (text: string): Part => ({ kind: "paragraph", text });
export const code = (digits: string): Part => ({ kind: "code", code: digits });
export const link = (label: string, url: string): Part => ({ kind: "link", label, url });
export const facts = (...entries: [name: string, value: string][]): Part => ({
  kind: "facts",
  facts: entries,
});

/** Where, when and on what something was done; the device is whatever the client said. */
export interface Circumstances {
  device: string;
  ip: string | null;
  /** ISO 8601, UTC. */
  at: string;
}

const longestDevice = 60;

/**
 * SECURITY: whoever asks for a mail to somebody else's address must not choose its words: a mail
 * program makes links of what looks like one. Letters, digits and spaces are left.
 */
const harmless = (text: string) =>
  [
    ...text
      .replace(/[^\p{L}\p{N} ()_-]+/gu, " ")
      .replace(/ +/g, " ")
      .trim(),
  ]
    .slice(0, longestDevice)
    .join("") || "Unknown device";

const readableTime = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;

export const circumstances = ({ device, ip, at }: Circumstances): Part =>
  facts(["Device", harmless(device)], ["Address", ip ?? "unknown"], ["Time", readableTime(at)]);

/** "10 minutes", "2 hours". */
export function readableDuration(seconds: number): string {
  const units: [string, number][] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  const [name, size] = units.find(([, size]) => seconds >= size && seconds % size === 0) as [
    string,
    number,
  ];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
