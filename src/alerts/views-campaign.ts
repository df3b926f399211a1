import { z } from "zod";
import { type Database, sql, type Tx } from "../kernel/database.ts";
import type { Node } from "../kernel/node.ts";
import type { Reader } from "../kernel/view.ts";
import { findObservables } from "../observables/slice.ts";
import { type Code, contactPlace, reportSubject } from "../reports/slice.ts";
import { unseal } from "../trust/seal.ts";
import type { Indicator } from "./alert.ts";
import { folded, type Known } from "./privacy.ts";

// All that warnings know of campaigns stands here.

const OFFERED_MAX = 24;
const CONTACTS_MAX = 20_000;
const KEYS_MAX = 20_000;

/** What a warning can be drafted from. */
export interface CampaignFacts {
  readonly id: string;
  readonly category: Code;
  readonly reports: number;
  readonly first_at: Temporal.Instant;
  readonly districts: readonly string[];
  /** What most of its reports share, each with in how many it stands. */
  readonly observables: readonly (Indicator & { readonly reports: number })[];
}

/** A campaign as far as the reader may see its reports; `undefined` where they see none. */
export async function campaignFacts(reader: Reader, id: string): Promise<CampaignFacts | undefined> {
  const visible = reader.visible(reportSubject, { alias: "r" });
  const { rows } = await sql<{
    reports: number;
    category: Code | null;
    first_at: Temporal.Instant;
    districts: string[] | null;
  }>`
    select count(*)::int as reports, mode() within group (order by r.category) as category, min(r.received_at) as first_at,
      array_agg(distinct r.district) filter (where r.district is not null) as districts
    from report r where r.campaign_id = ${id} and ${visible}`.execute(reader.db);
  const [row] = rows;
  if (!row || row.reports === 0 || row.category === null) return undefined;
  return {
    id,
    category: row.category,
    reports: row.reports,
    first_at: row.first_at,
    districts: row.districts ?? [],
    observables: await sharedIn(reader.db, id),
  };
}

/** What reports of a campaign share, the commonest first, by key. */
async function sharedIn(db: Database | Tx, id: string): Promise<CampaignFacts["observables"]> {
  const { rows } = await sql<{ type: string; value: string; key: string; reports: number }>`
    select o.type, min(o.value) as value, o.key, count(*)::int as reports
    from report r join report_observable o on o.report_id = r.id
    where r.campaign_id = ${id} and o.strong
    group by o.type, o.key order by count(*) desc, o.key limit ${sql.lit(OFFERED_MAX)}`.execute(db);
  return rows.map((row) => ({ ...row, value: shownValue(row) }));
}

/** The indicators that were chosen of a campaign's; a key that is not the campaign's is left out. */
export async function chosenIn(db: Database | Tx, id: string, keys: readonly string[]): Promise<Indicator[]> {
  if (keys.length === 0) return [];
  const { rows } = await sql<Indicator>`
    select o.type, min(o.value) as value, o.key from report r join report_observable o on o.report_id = r.id
    where r.campaign_id = ${id} and o.key = any(${[...keys]}) group by o.type, o.key order by o.key`.execute(db);
  return rows.map((row) => ({ type: row.type, value: shownValue(row), key: row.key }));
}

/** What a key says of a thing: of a link its site alone, as what follows may name whom it was sent to. */
export function shownValue({ type, value, key }: Indicator): string {
  if (["link", "phone", "email", "ip"].includes(type)) return key.slice(key.indexOf(":") + 1);
  return value;
}

/** What can be published anyway: the country's own numbers, and the addresses that its pack names. */
function openIn({ config, services }: Node): Pick<Known, "open" | "places" | "country"> {
  const { country } = services;
  const { pack } = country;
  const public_ = JSON.stringify([
    pack.numbers ?? {},
    pack.reporting.doors,
    pack.reporting.institutions,
    config.contact_voice ?? "",
  ]);
  const places = [
    config.name,
    ...pack.reporting.districts.flatMap(({ name }) => Object.values(name)),
    ...pack.reporting.institutions.map(({ name }) => name),
  ];
  return {
    open: new Set(findObservables(public_, config).map(({ key }) => key)),
    places: new Set(places.flatMap((place) => folded(place).match(/[\p{L}\p{N}]+/gu) ?? [])),
    country: config.country,
  };
}

const contactSchema = z.looseObject({
  name: z.string().optional(),
  email: z.string().optional(),
  phone: z.string().optional(),
  address: z.string().optional(),
});

/**
 * What is known of the people whom a warning may concern, for the check that it names none of them; nothing of it is shown or kept.
 *
 * They are the reporters of its campaign, whatever that was merged into since, and everybody who reported a thing that it names:
 * so a warning without a campaign, and a report that left its campaign, are looked at as well.
 */
export async function knownFor(
  db: Database | Tx,
  node: Node,
  of: { readonly campaign: string | null; readonly named: readonly string[] },
): Promise<Known> {
  const concerned = sql`with recursive chain(id) as (
      select ${of.campaign}::uuid union select c.merged_into from campaign c join chain on c.id = chain.id where c.merged_into is not null
    ), concerned as (
      select r.id from report r join chain on r.campaign_id = chain.id
      union select o.report_id from report_observable o where o.strong and o.key = any(${[...of.named]})
    )`;
  const { rows: contacts } = await sql<{ report_id: string; sealed: Buffer }>`${concerned}
    select c.report_id, c.sealed from concerned join report_contact c on c.report_id = concerned.id limit ${sql.lit(CONTACTS_MAX)}`.execute(
    db,
  );
  const { rows: keys } = await sql<{ key: string }>`${concerned}
    select distinct o.key from concerned join report_observable o on o.report_id = concerned.id limit ${sql.lit(KEYS_MAX)}`.execute(
    db,
  );
  return {
    ...openIn(node),
    contacts: contacts.flatMap(({ report_id, sealed }) => {
      const opened = unseal(node.services.keys.seal, sealed, contactPlace(report_id)).toString();
      const { data } = contactSchema.safeParse(JSON.parse(opened));
      if (!data) return [];
      const { name, email, phone, address } = data;
      return [
        {
          ...(name ? { name } : {}),
          ...(email ? { email } : {}),
          ...(phone ? { phone } : {}),
          ...(address ? { address } : {}),
        },
      ];
    }),
    keys: new Set(keys.map(({ key }) => key)),
  };
}

/** Whether there are reports under this campaign. */
export async function isCampaign(db: Database | Tx, id: string): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`select id from report where campaign_id = ${id} limit 1`.execute(db);
  return rows.length > 0;
}
