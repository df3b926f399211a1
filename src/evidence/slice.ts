import type { Slice } from "../kernel/slice.ts";
import { removeGarbage } from "../trust/vault-blobs.ts";
import { itemActs } from "./acts.ts";
import { contentRoute, packageRoute } from "./content.ts";
import { packageSetRoutes } from "./page-package.tsx";
import { limitPassed } from "./acts-limits.ts";
import { retainClosed } from "./acts-keeping.ts";
import { ERASE_BY } from "./limits.ts";
import { handSigned } from "./acts-passing.ts";
import { OFFER, offerDue } from "./acts-transfer.ts";
import { itemSubject } from "./item.ts";
import { itemMessages } from "./messages.ts";
import { custodyActPages } from "./act-pages.tsx";
import { itemCertificate, itemCustodyDocument, itemReceipt } from "./views-papers.ts";
import { itemPage } from "./page-item.tsx";
import { caseItems, itemsPage } from "./page-list.tsx";
import { manyRoutes } from "../ui/many.tsx";
import { many } from "./many.tsx";
import { fileRoute, fileThen, forgetRoute, openPage } from "./page-upload.tsx";
import { noteDamage } from "./acts-damage.ts";
import { sealOlder } from "./acts-words.ts";
import { tusRoutes, uploadsOf } from "./tus.ts";
import { comingCount, itemCustody, itemExport, itemFile, itemList } from "./views.ts";

export { serve } from "./acts.ts";
export {
  type CourtItem,
  type CourtLedger,
  demandItem,
  demandItems,
  itemChoices,
  itemsForCourt,
  itemsOf,
} from "./views-court.ts";
export { OPENING_MINUTES, openItem } from "./acts.ts";
export { fileThen } from "./page-upload.tsx";
export { lodgeHeld, officerOf } from "./acts-acquire.ts";
export { fields, holderOf, type ItemRow, itemSubject, LIFE, openingActOf } from "./item.ts";
export { isLockedFor } from "./views-locked.ts";
export { itemOpened, itemRow, openingOf } from "./views.ts";
export { bytesMax, demandRoom, demandUploader, fileName, mediaType, uploadsOf } from "./tus.ts";
export { requestSeen } from "./views-request.ts";
export { type Kept, openedItem } from "./words.ts";
export { annexable, annexFiles, demandAnnexes } from "./acts-annex.ts";
export { takingOffice } from "./messages.ts";
export { liftLimit } from "./acts-limits.ts";
export type { Limits } from "./limits.ts";
export { barItems, unbarItems } from "./acts-bar.ts";
export { deliverable, itemsForDelivery, itemsLodged, receiveItem } from "./acts-delivery.ts";

export { checkItems } from "./views-check.ts";
export { packageOfItems } from "./views-package.ts";

/** Evidence: what was acquired, who has had it, and that it is still the same. */
export const evidence: Slice = {
  name: "evidence",
  subjects: [itemSubject],
  acts: itemActs,
  messages: itemMessages,
  onDue: { [OFFER]: offerDue, [ERASE_BY]: limitPassed },
  views: [itemList, itemExport, itemFile, itemCustody, itemCustodyDocument, itemReceipt, itemCertificate],
  pages: [itemsPage, itemPage],
  actPages: [
    fileThen("item.acquire"),
    fileThen("item.lodge"),
    fileThen("item.derive"),
    fileThen("item.countersign"),
    openPage,
    ...custodyActPages,
  ],
  sections: [caseItems],
  onDamage: noteDamage,
  navigation: [{ href: "/items", label: "nav.items", order: 25, acts: ["item.read"], count: comingCount }],
  routes: [...tusRoutes, contentRoute, packageRoute, ...packageSetRoutes, ...manyRoutes(many), fileRoute, forgetRoute],
  jobs: [
    handSigned,
    retainClosed,
    sealOlder,
    // Whatever a crash left whole and without digests; the page and HEAD ask for the same sooner.
    { name: "uploads-digests", everySeconds: 60, run: (node) => uploadsOf(node).finishAll() },
    {
      name: "vault-clear",
      everySeconds: 300,
      run: async (node) => {
        await uploadsOf(node).expire(node.clock());
        await node.db.deleteFrom("item_opening").where("expires_at", "<=", node.clock()).execute();
        await removeGarbage(node.db, node.services.vault);
      },
    },
  ],
};
