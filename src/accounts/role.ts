import { registerEnumType } from "type-graphql";

/** What an account may do beyond looking after itself. */
export enum Role {
  USER = "USER",
  ADMIN = "ADMIN",
}

registerEnumType(Role, {
  name: "Role",
  description: "What an account may do beyond looking after itself.",
  valuesConfig: {
    USER: { description: "Looks after its own account. Everyone starts here." },
    ADMIN: { description: "Other services of yours may grant it more; Gatehouse itself does not." },
  },
});
