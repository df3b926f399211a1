import { useTools } from "../kernel/tools.ts";

/** A field before and after. */
export interface Change {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** What changed, field by field, word by word. Taken out is struck through, put in is underlined; each is also said. */
export function Diff({ changes }: { readonly changes: readonly Change[] }) {
  const { t } = useTools();
  return (
    <dl class="facts diff">
      {changes.map(({ label, before, after }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd dir="auto">
            {wordsBetween(before, after).map(({ kind, text }, index) =>
              kind === "kept" ? (
                text
              ) : kind === "out" ? (
                <del key={index}>
                  <span class="hidden">{t("ui.diff.out")} </span>
                  {text}
                </del>
              ) : (
                <ins key={index}>
                  <span class="hidden">{t("ui.diff.in")} </span>
                  {text}
                </ins>
              ),
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface Piece {
  readonly kind: "kept" | "out" | "in";
  readonly text: string;
}

const WORDS_MAX = 400;

/** The longest common run of words decides what stayed. Texts of more than 400 words are shown as replaced whole. */
export function wordsBetween(before: string, after: string): Piece[] {
  const a = before.match(/\s+|\S+/g) ?? [];
  const b = after.match(/\s+|\S+/g) ?? [];
  if (a.length > WORDS_MAX || b.length > WORDS_MAX)
    return joined([
      { kind: "out", text: before },
      { kind: "in", text: after },
    ]);
  const common = lengths(a, b);
  const pieces: Piece[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      pieces.push({ kind: "kept", text: a[i] ?? "" });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && (common[i + 1]?.[j] ?? 0) >= (common[i]?.[j + 1] ?? 0)))
      pieces.push({ kind: "out", text: a[i++] ?? "" });
    else pieces.push({ kind: "in", text: b[j++] ?? "" });
  }
  return joined(pieces);
}

/** How long the longest common run from each pair of places is. */
function lengths(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => Array.from<number>({ length: b.length + 1 }).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = table[i];
      if (row)
        row[j] = a[i] === b[j] ? (table[i + 1]?.[j + 1] ?? 0) + 1 : Math.max(table[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  return table;
}

/** Puts neighbours of one kind together and drops what is empty. */
function joined(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    if (piece.text === "") continue;
    if (last?.kind === piece.kind) out[out.length - 1] = { kind: piece.kind, text: last.text + piece.text };
    else out.push(piece);
  }
  return out;
}
