import type { Part } from "../kernel/sections.ts";
import { useTools } from "../kernel/tools.ts";

/** The parts that other slices put on a thing's page, in their order. */
export function Parts({ of, parts }: { readonly of: string; readonly parts: readonly Part[] }) {
  const tools = useTools();
  return (
    <>
      {parts.map(({ section, found }, index) => {
        const content = section.render(found as never, tools, of);
        return content === null ? null : <section key={index}>{content}</section>;
      })}
    </>
  );
}
