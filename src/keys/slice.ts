import type { Slice } from "../kernel/slice.ts";
import { keyActs } from "./acts.ts";
import { rewrapJob } from "./acts-rewrap.ts";
import { keySubject } from "./key.ts";
import { keyPage, keysPage } from "./pages.tsx";
import { keyFile, keyList } from "./views.ts";

export { keysCommand } from "./command.ts";
export { checkKeys } from "./check.ts";

/** The keys under which evidence is kept: making new ones, moving to them without writing anything anew, destroying old ones. */
export const keys: Slice = {
  name: "keys",
  subjects: [keySubject],
  acts: keyActs,
  views: [keyList, keyFile],
  pages: [keysPage, keyPage],
  navigation: [{ href: "/vault-keys", label: "nav.vault-keys", order: 960, acts: ["vault-key.read"] }],
  jobs: [rewrapJob],
};
