import type { Slice } from "../kernel/slice.ts";
import { emergencyUsePage } from "./page-emergencies.tsx";
import { oversightPage } from "./page-list.tsx";
import { COUNTED_MAX } from "../requests/slice.ts";
import { emergencyUse, emergencyUseCsv } from "./views-emergencies.ts";
import { oversightExport, oversightList, oversightWaiting } from "./views.ts";

/** Watching over the use of powers; what oversight does to a request, it does by the request's own acts. @source CETS 185 Art. 15(2) */
export const oversight: Slice = {
  name: "oversight",
  nodeActions: ["oversight.read"],
  views: [oversightList, oversightExport, emergencyUse, emergencyUseCsv],
  pages: [oversightPage, emergencyUsePage],
  navigation: [
    {
      href: "/oversight",
      label: "oversight.navigation",
      order: 35,
      action: "oversight.read",
      count: oversightWaiting,
      countMax: COUNTED_MAX,
    },
  ],
};
