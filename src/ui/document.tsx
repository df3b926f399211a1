import type { ComponentChildren } from "preact";
import { useTools } from "../kernel/tools.ts";

/** `<html>` of both faces: language, direction, one style sheet, and nothing from anywhere else. */
export function Document({
  title,
  style,
  theme,
  head,
  children,
}: {
  readonly title: string;
  readonly style: "desk.css" | "portal.css";
  /** Overrides what the reader's system prefers. */
  readonly theme?: "light" | "dark";
  readonly head?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const { locale, dir, asset } = useTools();
  return (
    <html lang={locale} dir={dir} {...(theme ? { "data-theme": theme } : {})}>
      <head>
        <meta charset="utf-8" />
        <title>{title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={theme ?? "light dark"} />
        <link rel="stylesheet" href={asset(style)} />
        {head}
      </head>
      <body>{children}</body>
    </html>
  );
}
