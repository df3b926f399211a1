import { useTools } from "../kernel/tools.ts";

/** Loads one island (`src/ui/islands/<name>.ts`) after the page. Naming it twice on a page loads it once. */
export function Island({ name }: { readonly name: string }) {
  return <script type="module" src={useTools().asset(`${name}.js`)} />;
}
