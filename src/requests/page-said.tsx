import { type Tools, useTools } from "../kernel/tools.ts";
import { Hash } from "../ui/hash.tsx";
import { dayOf } from "../ui/when.tsx";
import { groundOf } from "../law/slice.ts";
import { isPaper, wayWords } from "./document-paper.ts";
import { DoubtWords } from "./page-basis.tsx";
import { type RequestFound } from "./views.ts";
import { SaidLists } from "./page-conditions.tsx";
import type { Line } from "./views-history.ts";

/** Who acted; a node acts by itself when a clock runs out. */
export const whoOf = (by: string, t: Tools["t"]): string => (by.startsWith("system:") ? t("actor.node") : by);

/** The same with the node, where the office’s own name does not tell. */
export function whoAt(
  { by, node: code }: Line,
  { peer, peer_name }: RequestFound,
  { t, node }: Pick<Tools, "t" | "node">,
): string {
  const name = code === peer ? peer_name : node.name;
  const who = whoOf(by, t);
  return who.includes(name) ? who : `${who} (${name})`;
}

/** The record of what the own side carried out, a line each. */
const recordWords = (said: Readonly<Record<string, unknown>>, t: Tools["t"]): string[] =>
  ["carriedOutOn", "servedOn", "manner", "present", "inventory", "copies"].flatMap((name) => {
    const value = said[name];
    const given = Array.isArray(value) ? value.join("; ") : typeof value === "string" ? value : "";
    return given === "" ? [] : [t("requests.recorded", { field: t(`field.request.${name}`), value: given })];
  });

/** What was said with an act. */
export function Said({
  line: { act, said, entry, node: at },
  request: { id, data },
}: {
  readonly line: Line;
  readonly request: Pick<RequestFound, "id" | "data">;
}) {
  const { t, has, locale, node } = useTools();
  const { reasons, text, remark, reference, ground, outcome, until, files, person, telephone, way, amount } = (said ??
    {}) as Record<string, string | undefined> & { files?: unknown };
  const words = [reference, reasons, text, remark, ...recordWords(said ?? {}, t)].filter(
    (each): each is string => typeof each === "string",
  );
  return (
    <>
      {ground && (
        <p>
          {t(`ground.${ground}`)} <span class="quiet">({groundOf(ground)?.basis})</span>
        </p>
      )}
      {outcome && has(`option.outcome.${outcome}`) && <p>{t(`option.outcome.${outcome}`)}</p>}
      {way && <p>{wayWords(way, person ?? "", t)}</p>}
      {amount && (
        <p>
          <bdi dir="ltr">{amount}</bdi>
        </p>
      )}
      {telephone && (
        <p dir="auto">{t("requests.called", { person: person ?? t("requests.called.nobody"), number: telephone })}</p>
      )}
      {until && (
        <p>
          {t("requests.until", {
            until: dayOf(String(until), locale),
          })}
        </p>
      )}
      <SaidLists said={said ?? {}} data={data} />
      <DoubtWords doubts={(said ?? {})["doubts"]} />
      {words.map((each) => (
        <p key={each} dir="auto">
          {each}
        </p>
      ))}
      {Array.isArray(files) &&
        (files as unknown as { name: string; digest: string; size: number }[]).map(({ name, digest }) => (
          <p key={digest}>
            {name} <Hash value={digest} short />
          </p>
        ))}
      <p class="small quiet">
        {t("requests.entry")} <Hash value={entry} short />
        {at === node.code && (
          <>
            {" "}
            <a href={`/decisions/${entry}?request=${id}`}>{t("why.link")}</a>
          </>
        )}
        {isPaper(act) && (
          <>
            {" "}
            <a href={`/api/v1/requests/${id}/papers/${entry}?language=${locale}`}>{t("paper.link")}</a>
          </>
        )}
      </p>
    </>
  );
}
