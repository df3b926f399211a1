import type { Slice } from "../kernel/slice.ts";
import { assetRoutes } from "./asset-routes.ts";
import { designRoutes } from "./design-routes.tsx";

/** The design system as a part of the node: what pages load, and the page that shows every component. */
export const ui: Slice = { name: "ui", routes: [...assetRoutes, ...designRoutes] };
