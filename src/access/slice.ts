import type { Slice } from "../kernel/slice.ts";
import { account, office, session, token } from "./account.ts";

export { loadCountry } from "./country.ts";

export const access: Slice = { name: "access", subjects: [account, office, session, token] };
