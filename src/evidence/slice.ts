import type { Slice } from "../kernel/slice.ts";
import { removeGarbage } from "../trust/vault-blobs.ts";
import { itemActs } from "./acts.ts";
import { contentRoute, packageRoute } from "./content.ts";
import { itemSubject } from "./item.ts";
import { tusRoutes, uploadsOf } from "./tus.ts";
import { itemCustody, itemFile, itemList } from "./views.ts";

export { deliverable, itemsForDelivery, receiveItem } from "./acts-delivery.ts";
export { type ItemRow, itemSubject } from "./item.ts";

/** Evidence: what was acquired, who has had it, and that it is still the same. */
export const evidence: Slice = {
  name: "evidence",
  subjects: [itemSubject],
  acts: itemActs,
  views: [itemList, itemFile, itemCustody],
  routes: [...tusRoutes, contentRoute, packageRoute],
  jobs: [
    {
      name: "vault-clear", everySeconds: 300,
      run: async (node) => {
        await uploadsOf(node).expire(node.clock());
        await node.db.deleteFrom("item_opening").where("expires_at", "<=", node.clock()).execute();
        await removeGarbage(node.db, node.services.vault);
      },
    },
  ],
};
