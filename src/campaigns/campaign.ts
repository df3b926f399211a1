import { life } from "../kernel/life.ts";
import { subject } from "../kernel/subject.ts";

/** Where a campaign stands: it may grow, it was closed, or its reports are part of another now. */
export type State = "active" | "closed" | "merged";

const WHOLE: State[] = ["active", "closed"];

/** A campaign's life. What grows again after it was closed is active again; what a split leaves alone is closed. */
// prettier-ignore
export const LIFE = life<State>()({
  rename:  { from: WHOLE },
  merge:   { from: WHOLE },
  split:   { from: WHOLE },
  close:   { from: ["active"], to: "closed" },
  reopen:  { from: ["closed"], to: "active" },
  restore: { from: ["merged"], to: "active" },
  grow:    { from: WHOLE,      to: "active" },
  release: { from: WHOLE },
  yield:   { from: WHOLE,      to: "merged" },
});

/** A campaign as its table holds it. */
export interface CampaignRow {
  id: string;
  /** `K-2026-000123`. */
  number: string;
  /** Empty where its reports share nothing but their words. */
  name: string;
  name_key: string | null;
  named: boolean;
  state: State;
  category: string;
  priority: number;
  reports: number;
  week: number;
  first_at: Temporal.Instant;
  last_at: Temporal.Instant;
  made_at: Temporal.Instant;
  /** Minor units by currency. */
  losses: Record<string, number>;
  categories: Record<string, number>;
  lead_id: string | null;
  merged_into: string | null;
}

export const campaignSubject = subject<CampaignRow>()({
  name: "campaign",
  plural: "campaigns",
  table: "campaign",
  number: "number",
  attributes: { state: "String", category: "String", priority: "Long" },
  life: LIFE,
});
