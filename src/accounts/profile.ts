import validator from "validator";
import type { FieldFault } from "../errors/auth-error.js";
import type { FieldCode } from "../errors/codes.js";

const maxNameLength = 100;
const maxDeviceNameLength = 100;
const maxUrlLength = 2048;

/** Control characters, and text that is no Unicode, belong in no name and in no log. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

function checkText(text: string, maxLength: number): FieldCode | undefined {
  if ([...text].length > maxLength) return "TOO_LONG";
  return unprintable.test(text) ? "FORMAT_INVALID" : undefined;
}

/** SECURITY: https alone; a frontend puts it into an `img`, and `javascript:` must not get there. */
function checkUrl(text: string): FieldCode | undefined {
  if (text.length > maxUrlLength) return "TOO_LONG";
  const options = { protocols: ["https"], require_protocol: true, disallow_auth: true };
  return validator.isURL(text, options) && URL.canParse(text) ? undefined : "FORMAT_INVALID";
}

/** Free text about a person or their device. */
export interface ProfileFields {
  firstName?: string | null;
  lastName?: string | null;
  avatarUrl?: string | null;
  deviceName?: string | null;
}

const checks: Record<keyof ProfileFields, (text: string) => FieldCode | undefined> = {
  firstName: (text) => checkText(text, maxNameLength),
  lastName: (text) => checkText(text, maxNameLength),
  avatarUrl: checkUrl,
  deviceName: (text) => checkText(text, maxDeviceNameLength),
};

const entries = Object.entries(checks) as [keyof ProfileFields, (typeof checks)["firstName"]][];

/** SECURITY: to normalise takes quadratic time of some texts; what is longer is refused as it is. */
const maxTypedLength = 4096;

/** Trims; what is then empty counts as absent. */
export function tidy(text: string | null | undefined): string | null {
  const trimmed = text?.trim() ?? "";
  return (trimmed.length > maxTypedLength ? trimmed : trimmed.normalize("NFC")) || null;
}

/** @returns what is wrong with the fields that are there */
export const profileFaults = (fields: ProfileFields): FieldFault[] =>
  entries.flatMap(([field, check]) => {
    const text = tidy(fields[field]);
    const code = text === null ? undefined : check(text);
    return code === undefined ? [] : [{ field, code }];
  });
