import { OUTBOX_CHANNEL } from "../kernel/outbox.ts";
import type { Slice } from "../kernel/slice.ts";
import {
  bringFromPeer,
  carryToPeer,
  confirmPeer,
  distrustKey,
  proposePeer,
  rejectMessage,
  renewPeer,
  revokePeer,
  rewitnessPeer,
  settleAlarms,
} from "./acts.ts";
import { exchangeKeyActs } from "./acts-keys.ts";
import { exchangeKey } from "./key.ts";
import { courierPage, courierRoutes } from "./page-courier.tsx";
import { envelopesRoute, wellKnownRoutes } from "./gateway.ts";
import { INBOX_CHANNEL } from "./messages-incoming.ts";
import { letGoUnnoted, pullDue } from "./messages-pulling.ts";
import { filesRoute, removeCopies } from "./messages-serving.ts";
import { deliverDue, gaugeBacklog } from "./messages-outgoing.ts";
import { refreshPeers } from "./messages-peer.ts";
import { sealOlderMessages } from "./messages-seal.ts";
import { heldElsewhere, seekWitnesses, WITNESS_CHANNEL } from "./messages-cosigners.ts";
import { watchLedgers } from "./messages-watch.ts";
import { compareAll, progressRoute } from "./messages-progress.ts";
import { forgetTurnedAway } from "./messages-turned-away.ts";
import { rejected } from "./messages.ts";
import { incoming, outgoing, peer } from "./peer.ts";
import { requestSection } from "./page-messages.tsx";
import { peersPage } from "./page-list.tsx";
import { peerPage } from "./page-peer.tsx";
import { countAlarms, peerList, peerView } from "./views.ts";
import { conflictsRoute, seenRoute, witnessRoute } from "./witness.ts";

export { askablePeer, isCorrespondent, trustedPeer } from "./acts.ts";
export { askablePeers, peerNames, trustedPeers, trustedRecipients } from "./views.ts";
export { type ContactPoint, contactPoints } from "./views-contact.ts";
export { ask, type Answer } from "./fetch.ts";
export { textOf } from "./gateway.ts";
export { sendingWords } from "./words.ts";
export { backoffMs, Bucket, type SendingProblem } from "./peer.ts";
export { awaitedSince, cosigners, WITNESS_CHANNEL } from "./messages-cosigners.ts";
export { conflicts, witnessKeys } from "./messages-witness.ts";
export { peerDemo } from "./demo.ts";
export { peerCommand } from "./command.ts";
export { courierCommand } from "./courier-command.ts";
export { ownKeyCommands } from "./key-command.ts";

const HOUR_SECONDS = 3_600;

/** Other nodes: who they are, what goes to them and what comes from them. */
export const exchange: Slice = {
  name: "exchange",
  subjects: [peer, incoming, outgoing, exchangeKey],
  acts: [
    proposePeer,
    confirmPeer,
    renewPeer,
    revokePeer,
    settleAlarms,
    rewitnessPeer,
    distrustKey,
    carryToPeer,
    bringFromPeer,
    rejectMessage,
    ...exchangeKeyActs,
  ],
  views: [peerList, peerView],
  messages: [rejected],
  pages: [peersPage, peerPage, courierPage],
  sections: [requestSection],
  heldElsewhere,
  routes: [
    envelopesRoute,
    filesRoute,
    progressRoute,
    ...wellKnownRoutes,
    witnessRoute,
    seenRoute,
    conflictsRoute,
    ...courierRoutes,
  ],
  navigation: [{ href: "/peers", label: "exchange.navigation", order: 80, count: countAlarms }],
  jobs: [
    { name: "exchange-outbox", everySeconds: 1, wokenBy: [OUTBOX_CHANNEL], run: deliverDue },
    { name: "exchange-inbox", everySeconds: 2, wokenBy: [INBOX_CHANNEL], run: pullDue },
    { name: "exchange-witnesses", everySeconds: 15, wokenBy: [WITNESS_CHANNEL], run: seekWitnesses },
    { name: "exchange-watch", everySeconds: 300, run: watchLedgers },
    { name: "exchange-backlog", everySeconds: 15, run: gaugeBacklog },
    sealOlderMessages,
    { name: "exchange-progress", everySeconds: HOUR_SECONDS, run: compareAll },
    { name: "exchange-turned-away", everySeconds: 24 * HOUR_SECONDS, run: forgetTurnedAway },
    { name: "exchange-unnoted", everySeconds: HOUR_SECONDS, run: letGoUnnoted },
    { name: "exchange-copies", everySeconds: HOUR_SECONDS, run: removeCopies },
    { name: "exchange-directory", everySeconds: HOUR_SECONDS, run: refreshPeers },
  ],
};
