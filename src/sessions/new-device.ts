import { BlockList, isIP } from "node:net";
import type { ClientBase } from "pg";
import { ActivityKind } from "../activity/activity-kind.js";
import { recordActivity } from "../activity/record.js";
import { CodePurpose } from "../email-codes/code-purpose.js";
import { issueCodes } from "../email-codes/issue.js";
import { circumstancesOf } from "../mail/circumstances.js";
import type { Services } from "../services.js";
import type { Visitor } from "../visitor.js";
import { describeDevice } from "./device.js";
import type { SessionWithUserRow } from "./session-row.js";

/** "This was not me" can be said for so long. */
const reportLinkSeconds = 7 * 86_400;
const sessionsLookedAt = 200;

/** An address moves within its network: /24 of IPv4, /48 of IPv6. */
function isSameNetwork(a: string | null, b: string | null): boolean {
  const version = isIP(a ?? "");
  if (a === null || b === null || version === 0 || version !== isIP(b)) return a === b;
  const family = version === 4 ? "ipv4" : "ipv6";
  const network = new BlockList();
  network.addSubnet(a, version === 4 ? 24 : 48, family);
  return network.check(b, family);
}

interface PastSession {
  userAgent: string | null;
  createdByIp: string | null;
  lastUsedByIp: string | null;
}

/**
 * Whether some session of the user was used by the same kind of browser from the same network. The
 * name that a client gives its device does not count: a thief would give the right one.
 */
async function isKnown(client: ClientBase, row: SessionWithUserRow, visitor: Visitor) {
  const { rows } = await client.query<PastSession>(
    `SELECT user_agent AS "userAgent", created_by_ip AS "createdByIp",
       last_used_by_ip AS "lastUsedByIp"
     FROM sessions WHERE user_id = $1 AND id <> $2 ORDER BY created_at DESC LIMIT ${sessionsLookedAt}`,
    [row.userId, row.id],
  );
  const device = describeDevice(null, row.userAgent);
  return rows.some(
    (past) =>
      describeDevice(null, past.userAgent) === device &&
      [past.createdByIp, past.lastUsedByIp].some((ip) => isSameNetwork(ip, visitor.ip)),
  );
}

/** Tells the owner of a sign-in on what was not seen before, with a link that takes it back. */
export async function tellOfNewDevice(
  client: ClientBase,
  services: Pick<Services, "codeKeys" | "outbox" | "clock">,
  row: SessionWithUserRow,
  visitor: Visitor,
): Promise<void> {
  if (await isKnown(client, row, visitor)) return;
  const { userId, id: sessionId, device, "user.email": to } = row;
  const { link } = await issueCodes(client, services.codeKeys, {
    purpose: CodePurpose.REPORT,
    userId,
    sessionId,
    address: to,
    ttlSeconds: reportLinkSeconds,
  });
  const values = { ...circumstancesOf(services, visitor), link, ttlSeconds: reportLinkSeconds };
  await services.outbox.put(client, { to, userId, content: { template: "newDevice", values } });
  await recordActivity(client, {
    kind: ActivityKind.NEW_DEVICE,
    userId,
    visitor,
    device,
    sessionId,
  });
}
