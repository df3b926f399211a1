import type { Tools } from "../kernel/tools.ts";
import type { Dimension } from "./figures.ts";

/** What puts values into words: peers by their names. */
export interface Words extends Pick<Tools, "t" | "has" | "locale"> {
  readonly peers: ReadonlyMap<string, string>;
}

/** A value of a dimension as a reader wants it. */
export function groupInWords(by: Dimension, value: string, { t, has, peers }: Words): string {
  if (value === "") return t("evaluation.unsaid");
  const name = peers.get(value);
  if (by === "peer") return name === undefined ? value : t("requests.peer", { name, code: value });
  if (by === "office") return value;
  if (by === "provider") return name ?? value;
  const keys = {
    measure: `measure.${value}`,
    article: `option.article.${value}`,
    category: `option.category.${value}`,
    direction: `evaluation.direction.${value}`,
  };
  const key = keys[by];
  return has(key) ? (by === "measure" ? `${value} ${t(key)}` : t(key)) : value;
}
