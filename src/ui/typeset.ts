import { NodeCompiler } from "@myriaddreamin/typst-ts-node-compiler";
import type { JsonObject } from "../kernel/json.ts";

let compiler: NodeCompiler | undefined;

/**
 * Typesets a document: `template` is Typst, `facts` reach it as `data`, never as markup, so that nothing typed by anybody is
 * ever run as code. The same facts at the same moment give the same bytes. Throws where the template is wrong: a bug.
 */
export function typeset(template: string, facts: JsonObject, at: Temporal.Instant): Buffer {
  compiler ??= NodeCompiler.create();
  try {
    return compiler.pdf(
      {
        mainFileContent: `#let data = json(bytes(sys.inputs.at("data")))\n${template}`,
        inputs: { data: JSON.stringify(facts) },
      },
      { creationTimestamp: Math.floor(at.epochMilliseconds / 1_000) },
    );
  } finally {
    compiler.evictCache(10);
  }
}
