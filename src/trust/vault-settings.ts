import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Config } from "../kernel/config.ts";
import type { StoreSettings } from "./vault-store.ts";

const credentialsSchema = z.strictObject({ access_key: z.string().min(1), secret_key: z.string().min(1) });

/** Keys of the bucket: from the settings, or from a file of their own. Throws with a sentence for the operator. */
function credentialsOf({ s3_access_key, s3_secret_key, s3_credentials }: Config) {
  if (s3_access_key !== undefined && s3_secret_key !== undefined)
    return { access_key: s3_access_key, secret_key: s3_secret_key };
  if (s3_credentials === undefined)
    throw new Error(
      "COMITY_VAULT is s3, and there are no keys: set COMITY_S3_ACCESS_KEY and COMITY_S3_SECRET_KEY, or COMITY_S3_CREDENTIALS, a file that holds both.",
    );
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(s3_credentials, "utf8"));
  } catch {
    // The parser's own words would quote the file.
    throw new Error(`${s3_credentials} (COMITY_S3_CREDENTIALS) can't be read as JSON.`);
  }
  const read = credentialsSchema.safeParse(given);
  if (read.success) return read.data;
  throw new Error(`${s3_credentials} (COMITY_S3_CREDENTIALS) must be {"access_key": "…", "secret_key": "…"}.`);
}

/** Where this node's vault lies. Throws with a sentence for the operator where a setting is missing or a file can't be read. */
export function vaultSettings(config: Config): StoreSettings {
  if (config.vault === "directory") return join(config.folder, "vault");
  const { s3_endpoint: endpoint, s3_bucket: bucket, s3_region, s3_prefix, s3_path_style, s3_ca } = config;
  if (endpoint === undefined || bucket === undefined)
    throw new Error("COMITY_VAULT is s3, so COMITY_S3_ENDPOINT and COMITY_S3_BUCKET must say where the bucket is.");
  const { access_key, secret_key } = credentialsOf(config);
  let ca: string | undefined;
  try {
    ca = s3_ca === undefined ? undefined : readFileSync(s3_ca, "utf8");
  } catch {
    throw new Error(`${s3_ca} (COMITY_S3_CA) can't be read.`);
  }
  return {
    endpoint,
    bucket,
    region: s3_region,
    prefix: s3_prefix,
    pathStyle: s3_path_style,
    accessKey: access_key,
    secretKey: secret_key,
    ...(ca === undefined ? {} : { ca }),
  };
}
