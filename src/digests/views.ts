import { z } from "zod";
import { view } from "../kernel/view.ts";
import { mailOffered } from "../mail/slice.ts";
import { unseal } from "../trust/seal.ts";
import { addressPlace, digestSubject, type Every } from "./digest.ts";

/** The reader's own wish, with the address in clear. */
export interface OwnDigest {
  readonly offered: boolean;
  readonly own: { readonly id: string; readonly every: Every; readonly hour: number; readonly address: string } | null;
}

/** Whether and how the reader is written to about what waits. */
export const digestView = view({
  name: "digest.list",
  path: "/digests",
  subject: digestSubject,
  input: z.object({}),
  read: async ({ db, node, actor, visible }): Promise<OwnDigest> => {
    const offered = mailOffered(node);
    if (actor.kind !== "officer") return { offered, own: null };
    const row = await db
      .selectFrom("digest")
      .select(["id", "every", "hour", "address"])
      .where("account", "=", actor.account)
      .where(visible(digestSubject))
      .executeTakeFirst();
    if (!row) return { offered, own: null };
    const address = unseal(node.services.keys.seal, row.address, addressPlace(row.id)).toString();
    return { offered, own: { id: row.id, every: row.every as Every, hour: row.hour, address } };
  },
});
