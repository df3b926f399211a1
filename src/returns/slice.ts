import type { Slice } from "../kernel/slice.ts";
import { returnActs } from "./acts.ts";
import { filesRoute, returnPage, returnsPage, takePage } from "./pages.tsx";
import { returnSubject } from "./return.ts";
import { returnFile, returnList } from "./views.ts";

/** What providers return, with their lists and certificates: compared before anything is made, then taken in as exhibits in one step. */
export const returns: Slice = {
  name: "returns",
  subjects: [returnSubject],
  acts: returnActs,
  views: [returnList, returnFile],
  pages: [returnsPage, returnPage],
  actPages: [takePage],
  routes: [filesRoute],
  navigation: [{ href: "/returns", label: "nav.returns", order: 26, acts: ["return.begin"] }],
};
