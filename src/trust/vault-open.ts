import { openDirectory } from "./vault-directory.ts";
import { openBucket } from "./vault-s3.ts";
import type { ObjectStore, StoreSettings } from "./vault-store.ts";

/** Opens the store that the settings name. A bucket is not spoken to before it is used. */
export const openStore = (settings: StoreSettings): ObjectStore =>
  typeof settings === "string" ? openDirectory(settings) : openBucket(settings);
