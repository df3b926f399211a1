import { type TestNode, testNode } from "./node.ts";
import { loadCountry } from "../src/access/slice.ts";
import type { AnyAct } from "../src/kernel/act.ts";
import type { Officer, Role } from "../src/kernel/actor.ts";
import { PUBLIC } from "../src/kernel/actor.ts";
import type { Clock } from "../src/kernel/clock.ts";
import type { Config } from "../src/kernel/config.ts";
import { perform } from "../src/kernel/pipeline.ts";
import { registry } from "../src/kernel/slice.ts";
import { mail } from "../src/mail/slice.ts";
import { handIn, prepare, receivingOn, reports, submissionSchema } from "../src/reports/slice.ts";
import * as acts from "../src/alerts/acts.ts";
import { alerts } from "../src/alerts/slice.ts";
import { passedNote } from "./passed.ts";

/** A country's node with its own pack, on which warnings are written. */
export interface Ground {
  readonly at: TestNode;
  readonly does: (act: AnyAct, input: object, id?: string, by?: Role | Officer) => ReturnType<typeof perform>;
  /** A warning that has been published by the head of the unit. */
  readonly published: (more?: object) => Promise<string>;
  /** Reports that belong together. */
  readonly campaign: (reports: readonly object[]) => Promise<string>;
}

export const WORDS = {
  en: {
    title: "False parcel messages",
    happens: "People get a message about a parcel.",
    recognise: "It asks for a fee.",
    advice: "Do not pay.",
  },
  fr: {
    title: "Faux messages de colis",
    happens: "Des messages annoncent un colis.",
    recognise: "On demande des frais.",
    advice: "Ne payez pas.",
  },
  ar: { title: "رسائل طرود مزيفة", happens: "تصل رسائل عن طرد.", recognise: "تطلب رسومًا.", advice: "لا تدفع." },
};

export async function ground(config: Partial<Config> = {}, clock?: Clock): Promise<Ground> {
  const slices = [reports, mail, alerts];
  const country = loadCountry({ packs: "packs", pack: "XA", code: "XA" }, registry(slices), passedNote("XA"));
  const at = await testNode(slices, {
    config: { portal_url: "https://portal.aruna.example", ...config },
    policy: () => country.policy,
    services: { country },
    ...(clock ? { clock } : {}),
  });
  const { node } = at;
  const does: Ground["does"] = (act, input, id, by = "investigator") =>
    perform({
      node,
      actor: typeof by === "string" ? at.officer(by) : by,
      act,
      input,
      ...(id === undefined ? {} : { id }),
    });
  return {
    at,
    does,
    published: async (more = {}) => {
      const { id } = await does(acts.draft, { category: "F8", ...WORDS, propose: true, ...more });
      const { rows } = await node.pool.query("select content from alert where id = $1", [id]);
      const confirmed = rows[0].content.indicators.map(({ key }: { key: string }) => key);
      await does(acts.publish, { confirmed }, id, "unit-head");
      return id;
    },
    campaign: async (told) => {
      const id = crypto.randomUUID();
      for (const each of told) {
        const prepared = prepare(submissionSchema.parse(each), receivingOn(node, "api"));
        const { id: report } = await handIn(node, { actor: PUBLIC, prepared });
        await node.pool.query("update report set campaign_id = $1 where id = $2", [id, report]);
      }
      return id;
    },
  };
}
