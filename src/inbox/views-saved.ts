import { z } from "zod";
import { type Reader, view } from "../kernel/view.ts";
import { type List, LISTS, savedViewSubject } from "./inbox.ts";

/** A view that the reader keeps. */
export interface SavedView {
  readonly id: string;
  readonly name: string;
  readonly filters: string;
}

/** The reader's own, by name. */
export async function savedViewsOf({ db, actor, visible }: Reader, list: List = "reports"): Promise<SavedView[]> {
  if (actor.kind !== "officer") return [];
  return db
    .selectFrom("saved_view")
    .select(["id", "name", "filters"])
    .where("account", "=", actor.account)
    .where("list", "=", list)
    .where(visible(savedViewSubject))
    .orderBy("name")
    .limit(50)
    .execute();
}

/** The views of the list that an officer keeps. */
export const savedViews = view({
  name: "saved-view.list",
  path: "/saved-views",
  subject: savedViewSubject,
  input: z.object({ list: z.enum(LISTS).default("reports") }),
  read: async (reader, { list }) => ({ items: await savedViewsOf(reader, list) }),
});
