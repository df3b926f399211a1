import { sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import type { Job } from "../kernel/slice.ts";
import { type Letter, mailOffered, queueMail } from "../mail/slice.ts";
import { unseal } from "../trust/seal.ts";
import { ALERT_CHANNEL } from "./acts.ts";
import { linkTo } from "./acts-subscription.ts";
import { alertSubject, type Content, groupOf } from "./alert.ts";
import { alertLetter, type Said, withWayOut } from "./letters.ts";
import { addressPlace } from "./subscription.ts";

const AT_ONCE = 200;

interface Unmailed {
  readonly alert_id: string;
  readonly version: number;
  readonly number: string;
  readonly kind: Said["kind"];
  readonly content: Content;
  readonly reason: string | null;
}

/** Writes to everybody who wanted this, a few hundred at a time. Cut off, it begins again, and nobody is written to twice. */
export const mailAlerts: Job = {
  name: "alert-mail",
  everySeconds: 60,
  wokenBy: [ALERT_CHANNEL],
  run: async (node) => {
    const { rows } = await sql<Unmailed>`select v.alert_id, v.version, a.number, v.kind, v.content, v.reason
      from alert_version v join alert a on a.id = v.alert_id where v.mailed_at is null order by v.sent_at limit ${sql.lit(AT_ONCE)}`.execute(
      node.db,
    );
    for (const version of rows) {
      if (mailOffered(node)) await mailOut(node, version);
      await sql`update alert_version set mailed_at = ${node.clock()} where alert_id = ${version.alert_id} and version = ${version.version}`.execute(
        node.db,
      );
    }
  },
};

interface Reached {
  readonly id: string;
  readonly address: Buffer;
  readonly language: string;
}

async function mailOut(node: Node, version: Unmailed): Promise<void> {
  const { content } = version;
  const letters = new Map<string, Letter>();
  let after = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    const { rows } = await sql<Reached>`select id, address, language from subscription
      where state = 'confirmed' and id > ${after} and (categories = '{}' or ${groupOf(content.category)} = any(categories))
        and (districts = '{}' or ${content.districts.length === 0} or districts && ${[...content.districts]}::text[])
      order by id limit ${sql.lit(AT_ONCE)}`.execute(node.db);
    await node.db.transaction().execute(async (tx) => {
      for (const each of rows) {
        const letter =
          letters.get(each.language) ?? alertLetter(node, { ...version, id: version.alert_id }, each.language);
        letters.set(each.language, letter);
        await mailTo(tx, node, { version, letter, each });
      }
    });
    const last = rows.at(-1);
    if (!last || rows.length < AT_ONCE) return;
    after = last.id;
  }
}

async function mailTo(
  tx: Tx,
  node: Node,
  { version, letter, each }: { version: Unmailed; letter: Letter; each: Reached },
): Promise<void> {
  const unsubscribe = linkTo(node, "end", each.id);
  await queueMail(tx, node, {
    kind: `alert.${version.kind}`,
    to: unseal(node.services.keys.seal, each.address, addressPlace(each.id)).toString(),
    letter: withWayOut(node, letter, each.language, unsubscribe),
    about: { kind: alertSubject.name, id: version.alert_id },
    once: `alert:${version.alert_id}:${version.version}:${each.id}`,
    unsubscribe,
  });
}
