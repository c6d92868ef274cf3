import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "./config-error.js";

const bytes = 32;

/** Never half written, and of two first starts one writes what both read. */
function createOnce(file: string, text: string): void {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, text, { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft);
  }
}

function readSecret(kept: Record<string, unknown>, name: string): Buffer {
  const secret = Buffer.from(String(kept[name]), "base64");
  if (secret.length !== bytes) throw new Error(`${name} is damaged`);
  return secret;
}

/**
 * Secrets that development makes for itself in `dataDir`, kept so that a restart signs nobody out.
 * @throws {ConfigError} where the folder cannot be written, or the file is damaged
 */
export function developmentSecrets(dataDir: string): { authSecret: Buffer; pepper: Buffer } {
  const file = join(dataDir, "development-secrets.json");
  const secret = () => randomBytes(bytes).toString("base64");
  const made = { AUTH_SECRET: secret(), PASSWORD_PEPPER: secret() };
  try {
    mkdirSync(dataDir, { recursive: true });
    createOnce(file, `${JSON.stringify(made, null, 2)}\n`);
    const kept = JSON.parse(readFileSync(file, "utf8"));
    return {
      authSecret: readSecret(kept, "AUTH_SECRET"),
      pepper: readSecret(kept, "PASSWORD_PEPPER"),
    };
  } catch (error) {
    // A syntax error would quote the file.
    const why = error instanceof SyntaxError ? "it is no JSON" : (error as Error).message;
    throw new ConfigError([`DATA_DIR cannot keep the secrets of development in ${file}: ${why}`]);
  }
}
