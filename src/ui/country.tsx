import { useTools } from "../kernel/tools.ts";

/** A country or a provider by its code. `name` where the world has no name for it (a demonstration state, a provider). No flag: it says nothing that the name does not. */
export function Country({ code, name }: { readonly code: string; readonly name?: string | undefined }) {
  const { locale } = useTools();
  return (
    <span class="country">
      {name ?? countryName(code, locale)} <abbr>{code}</abbr>
    </span>
  );
}

/** The country's name in a language; the code itself where it has none. */
export function countryName(code: string, locale: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  return new Intl.DisplayNames([locale], { type: "region", fallback: "code" }).of(code) ?? code;
}
