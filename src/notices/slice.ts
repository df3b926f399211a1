import type { Slice } from "../kernel/slice.ts";
import { noticeActs } from "./acts.ts";
import { noticeSubject } from "./notice.ts";
import { noticeActPages, noticePage, personSection } from "./pages.tsx";
import { noticePdf, noticeView } from "./views.ts";

/** Telling the person concerned: a signed document, sent by the way that the law knows, with the proof that it came. @source CETS 185 Art. 15(1) */
export const notices: Slice = {
  name: "notices",
  subjects: [noticeSubject],
  acts: noticeActs,
  views: [noticeView, noticePdf],
  pages: [noticePage],
  actPages: noticeActPages,
  sections: [personSection],
};
