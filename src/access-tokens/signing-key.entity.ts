import { Column, Entity, PrimaryColumn } from "typeorm";
import type { EcJwk } from "./jwk.js";

/** An ES256 key pair that signs access tokens, did so, or will. */
@Entity("signing_keys")
export class SigningKey {
  /** RFC 7638 thumbprint of the public half. */
  @PrimaryColumn({ type: "varchar", length: 43, primaryKeyConstraintName: "signing_keys_pkey" })
  kid: string;

  @Column({ name: "public_key", type: "jsonb" })
  publicKey: EcJwk;

  /** Sealed under a key derived from AUTH_SECRET (see sealed-key.ts). */
  @Column({ name: "private_key", type: "bytea" })
  privateKey: Buffer;

  /** Names the secret of AUTH_SECRET that opens the private half. */
  @Column({ name: "secret_id", type: "bytea" })
  secretId: Buffer;

  /** Until the next key's; see key-schedule.ts. */
  @Column({ name: "signs_from", type: "timestamptz" })
  signsFrom: Date;

  @Column({ name: "created_at", type: "timestamptz", default: () => "clock_timestamp()" })
  createdAt: Date;
}
