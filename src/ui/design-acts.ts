import { z } from "zod";
import { actsOn } from "../kernel/act.ts";
import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";
import type { OfferedAct } from "../kernel/tools.ts";

const LIFE = life<"open">()({
  authorise: { from: ["open"], source: "CETS 185 Art. 15(2)" },
  extend: { from: ["open"], source: "CETS 185 Art. 29(7)" },
  withdraw: { from: ["open"] },
  execute: { from: ["open"] },
});
const sample = subject<{ id: string }>()({
  name: "ui.design",
  plural: "design",
  table: "design",
  attributes: {},
  life: LIFE,
});
const input = z.strictObject({});
const apply = async () => ({});
const pack = "0".repeat(64);

/** Acts as the panel is given them: three allowed, one not. They belong to no slice, so nobody can perform them. */
export const sampleActs: readonly OfferedAct[] = (["authorise", "extend", "withdraw", "execute"] as const).map(
  (verb) => ({
    act: actsOn(sample)(verb, { input, apply }),
    href: `#${verb}`,
    allowed: verb !== "execute",
    decision:
      verb === "execute"
        ? { allowed: false, policies: ["core.duties-are-separate"], pack, reason: "ui.design" }
        : { allowed: true, policies: [`base.${verb}`], pack },
  }),
);
