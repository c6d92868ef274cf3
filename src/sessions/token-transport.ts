import { registerEnumType } from "type-graphql";

/** How the refresh token of a session travels; fixed when the session begins. */
export enum TokenTransport {
  BODY = "BODY",
  COOKIE = "COOKIE",
}

registerEnumType(TokenTransport, {
  name: "TokenTransport",
  description:
    "How the refresh token travels: in the payload, or in an httpOnly cookie that script cannot read.",
  valuesConfig: {
    BODY: {
      description: "In the payload; the client keeps it, such as a mobile app in its keychain.",
    },
    COOKIE: { description: "In an httpOnly cookie: the choice for browsers." },
  },
});
