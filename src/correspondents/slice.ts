import type { Slice } from "../kernel/slice.ts";
import { correspondentActs } from "./acts.ts";
import { postLetters } from "./acts-post.ts";
import { correspondentSubject, letterSubject } from "./correspondent.ts";
import { correspondentPage, correspondentsPage, letterPage, requestLetters } from "./pages.tsx";
import { correspondentList, correspondentView, letterDocument, letterView } from "./views.ts";

export { type CorrespondentRow, correspondentSubject } from "./correspondent.ts";

/** Authorities and providers that run no node: the same outbox reaches them as signed letters by e-mail. */
export const correspondents: Slice = {
  name: "correspondents",
  subjects: [correspondentSubject, letterSubject],
  acts: correspondentActs,
  views: [correspondentList, correspondentView, letterView, letterDocument],
  pages: [correspondentsPage, correspondentPage, letterPage],
  sections: [requestLetters],
  jobs: [postLetters],
  navigation: [
    { href: "/correspondents", label: "correspondents.title", order: 81, node: "state", acts: ["correspondent.read"] },
  ],
};
