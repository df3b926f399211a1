import type { SubjectKind } from "../kernel/subject.ts";
import { life } from "../kernel/life.ts";

// prettier-ignore
const LIFE = life<string>()({
  submit:      { by: "sender",   from: ["draft"],        to: "submitted" },
  authorise:   { by: "sender",   from: ["submitted"],    to: "authorised" },
  deny:        { by: "sender",   from: ["submitted"],    to: "denied" },
  send:        { by: "sender",   from: ["authorised"],   to: "sent" },
  acknowledge: { by: "receiver", from: ["sent"],         to: "acknowledged" },
  execute:     { by: "receiver", from: ["acknowledged"], to: "executed" },
  deliver:     { by: "receiver", from: ["executed"],     to: "closed" },
});

/** Things as policies see them, to test decisions apart from the slices that own the tables. */
export const REQUEST: SubjectKind = {
  name: "request",
  plural: "requests",
  table: "request",
  life: LIFE,
  attributes: {
    state: "String",
    side: "String",
    measure: "String",
    data_category: "String",
    office: "String",
    drafted_by: "String",
    authorised_by: "String",
    peer: "String",
  },
};
export const REPORT: SubjectKind = {
  name: "report",
  plural: "reports",
  table: "report",
  attributes: { state: "String", office: "String" },
};
export const CASE: SubjectKind = {
  name: "case",
  plural: "cases",
  table: "case",
  attributes: { state: "String", office: "String" },
};
export const ITEM: SubjectKind = {
  name: "item",
  plural: "items",
  table: "item",
  attributes: { state: "String", office: "String", held: "Bool", proposed_by: "String" },
};
export const PEER: SubjectKind = {
  name: "peer",
  plural: "peers",
  table: "peer",
  attributes: { state: "String", proposed_by: "String" },
};
