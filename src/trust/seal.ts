export { lookupKey, seal, unseal } from "../kernel/seal.ts";
