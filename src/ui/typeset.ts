import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { NodeCompiler } from "@myriaddreamin/typst-ts-node-compiler";
import type { JsonObject } from "../kernel/json.ts";
import { unturned } from "../kernel/turning.ts";

const { resolve } = createRequire(import.meta.url);
/** Faces of the scripts that the typesetter itself brings none for; from our own packages, so that every machine draws alike. */
const SCRIPTS = ["arabic"] as const;
const WEIGHTS = ["400Regular", "700Bold"];
const fontPaths = (): string[] =>
  SCRIPTS.flatMap((script) => {
    const folder = dirname(resolve(`@expo-google-fonts/noto-sans-${script}/package.json`));
    return WEIGHTS.map((weight) => join(folder, weight));
  });

/**
 * What stands before every template: what was given; the faces in their order; `onward`, in which numbers, addresses and digests
 * keep their order within a line that runs from right to left; `apart`, in which what somebody typed runs as its own letters do;
 * `before`, a length at the side where lines begin; and `paged`, in which `{page}` and `{pages}` are the page's number and how many there are.
 */
const BEFORE = `#let data = json(bytes(sys.inputs.at("data")))
#let faces(first) = (first, "Noto Sans Arabic")
#let turned = data.at("lang", default: "en") == "ar"
#let onward(it) = [\\u{2066}#it\\u{2069}]
#let apart(it) = if turned [\\u{2068}#it\\u{2069}] else { it }
#let before(length) = if turned { (right: length) } else { (left: length) }
#let paged(words) = context words.replace("{page}", str(counter(page).get().first())).replace("{pages}", str(counter(page).final().first()))
#set text(font: faces("Libertinus Serif"))
`;

let compiler: NodeCompiler | undefined;

/**
 * Typesets a document: `template` is Typst, `facts` reach it as `data`, never as markup, so that nothing typed by anybody is
 * ever run as code. `#set text(lang: data.lang)` turns the page to the language's direction; a template that names another
 * face says `font: faces("DejaVu Sans Mono")`. The same facts at the same moment give the same bytes. Throws where the
 * template is wrong: a bug.
 */
export function typeset(template: string, facts: JsonObject, at: Temporal.Instant): Buffer {
  compiler ??= NodeCompiler.create({ fontArgs: [{ fontPaths: fontPaths() }] });
  try {
    return compiler.pdf(
      { mainFileContent: `${BEFORE}${template}`, inputs: { data: unturned(JSON.stringify(facts)) } },
      { creationTimestamp: Math.floor(at.epochMilliseconds / 1_000) },
    );
  } finally {
    compiler.evictCache(10);
  }
}
