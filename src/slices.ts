import { access } from "./access/slice.ts";
import { attachments } from "./attachments/slice.ts";
import { alerts } from "./alerts/slice.ts";
import { campaigns } from "./campaigns/slice.ts";
import { cases } from "./cases/slice.ts";
import { contents } from "./contents/slice.ts";
import { clocks } from "./clocks/slice.ts";
import { clients } from "./clients/slice.ts";
import { contact } from "./contact/slice.ts";
import { correspondents } from "./correspondents/slice.ts";
import { court } from "./court/slice.ts";
import { digests } from "./digests/slice.ts";
import { evidence } from "./evidence/slice.ts";
import { evaluation } from "./evaluation/slice.ts";
import { exchange } from "./exchange/slice.ts";
import { hi1 } from "./hi1/slice.ts";
import { holds } from "./holds/slice.ts";
import { inbox } from "./inbox/slice.ts";
import { handovers } from "./handovers/slice.ts";
import { home } from "./home/slice.ts";
import type { Slice } from "./kernel/slice.ts";
import { hashsets } from "./hashsets/slice.ts";
import { hotline } from "./hotline/slice.ts";
import { keys } from "./keys/slice.ts";
import { law } from "./law/slice.ts";
import { malware } from "./malware/slice.ts";
import { mail } from "./mail/slice.ts";
import { portal } from "./portal/slice.ts";
import { previews } from "./previews/slice.ts";
import { reports } from "./reports/slice.ts";
import { privacy } from "./privacy/slice.ts";
import { oversight } from "./oversight/slice.ts";
import { requests } from "./requests/slice.ts";
import { ledgerDesk } from "./ledger/slice.ts";
import { ledger } from "./trust/ledger-slice.ts";
import { notices } from "./notices/slice.ts";
import { response } from "./response/slice.ts";
import { returns } from "./returns/slice.ts";
import { statistics } from "./statistics/slice.ts";
import { strategy } from "./strategy/slice.ts";
import { ui } from "./ui/slice.ts";
import { vault } from "./vault/slice.ts";

/** Every part of the mission that this node has, in the order of its road. */
export const slices: readonly Slice[] = [
  ui,
  access,
  home,
  clocks,
  clients,
  reports,
  inbox,
  portal,
  hotline,
  attachments,
  cases,
  holds,
  campaigns,
  law,
  requests,
  contact,
  oversight,
  exchange,
  correspondents,
  hi1,
  notices,
  response,
  handovers,
  digests,
  evidence,
  vault,
  court,
  malware,
  previews,
  contents,
  hashsets,
  returns,
  privacy,
  keys,
  ledger,
  ledgerDesk,
  statistics,
  evaluation,
  strategy,
  mail,
  alerts,
];
