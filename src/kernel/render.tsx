import type { ComponentChildren } from "preact";
import { render } from "preact-render-to-string";
import { type Tools, ToolsContext } from "./tools.ts";

/** A whole document as text. The page's own frame makes `<html>`. */
export const htmlOf = (content: ComponentChildren, tools: Tools): string =>
  `<!DOCTYPE html>${render(<ToolsContext.Provider value={tools}>{content}</ToolsContext.Provider>)}`;
