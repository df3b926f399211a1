import { type Route, type RouteCall, route } from "../kernel/page.ts";
import { type Tools, ToolsContext } from "../kernel/tools.ts";
import { DesignPage } from "./design.tsx";
import { DesignPortalPage } from "./design-portal.tsx";

/** How the design page is looked at: `?dir=rtl&theme=dark&lang=fr`. */
export interface Look {
  readonly dir?: string | undefined;
  readonly theme?: string | undefined;
}

/** The design page, as a document's content. Public: it shows no data but its own. */
export function designPage(tools: Tools, look: Look = {}) {
  return (
    <ToolsContext.Provider value={looked(tools, look)}>
      <DesignPage {...themeOf(look)} />
    </ToolsContext.Provider>
  );
}

/** The same for the public's face. */
export function designPortalPage(tools: Tools, look: Look = {}) {
  return (
    <ToolsContext.Provider value={looked({ ...tools, role: "portal" }, look)}>
      <DesignPortalPage />
    </ToolsContext.Provider>
  );
}

const looked = (tools: Tools, { dir }: Look): Tools => ({
  ...tools,
  dir: dir === "rtl" || dir === "ltr" ? dir : tools.dir,
});
const themeOf = ({ theme }: Look) => (theme === "light" || theme === "dark" ? ({ theme } as const) : {});

export const designRoutes: readonly Route[] = [
  route({
    role: "desk",
    method: "GET",
    path: "/design",
    access: "public",
    handle: async ({ tools, query }: RouteCall) => ({ page: designPage(tools, query) }),
  }),
  route({
    role: "desk",
    method: "GET",
    path: "/design/portal",
    access: "public",
    handle: async ({ tools, query }: RouteCall) => ({ page: designPortalPage(tools, query) }),
  }),
];
