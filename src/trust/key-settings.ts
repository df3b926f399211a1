import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../kernel/config.ts";
import { openKeyFiles } from "./key-file.ts";
import { HolderFault } from "./key-holder.ts";
import { openToken } from "./key-pkcs11.ts";
import { openTransit } from "./key-transit.ts";
import type { Keyring } from "./keys.ts";
import type { Openers } from "./vault-keys.ts";

/** A secret given itself or by the file that holds it; its words name neither. */
function secretFrom(given: string | undefined, file: string | undefined, name: string): string {
  if (given !== undefined) return given;
  if (file === undefined) throw new HolderFault(`COMITY_${name} or COMITY_${name}_FILE must be set`);
  try {
    const text = readFileSync(file, "utf8").trim();
    if (text !== "") return text;
  } catch {
    throw new HolderFault(`${file} (COMITY_${name}_FILE) can't be read`);
  }
  throw new HolderFault(`${file} (COMITY_${name}_FILE) is empty`);
}

async function token(config: Config) {
  const { code, pkcs11_module: module, pkcs11_token: label } = config;
  if (module === undefined || label === undefined)
    throw new HolderFault("COMITY_PKCS11_MODULE and COMITY_PKCS11_TOKEN must say which library and which token");
  const pin = secretFrom(config.pkcs11_pin, config.pkcs11_pin_file, "PKCS11_PIN");
  return openToken({ module, token: label, pin, prefix: `comity-${code.toLowerCase()}` });
}

async function transit(config: Config) {
  const { code, transit_url: url, transit_mount: mount, transit_key, transit_namespace: namespace } = config;
  if (url === undefined) throw new HolderFault("COMITY_TRANSIT_URL must say where the service is");
  return openTransit({
    url,
    mount,
    key: transit_key ?? `comity-${code.toLowerCase()}`,
    ...(namespace === undefined ? {} : { namespace }),
    token: () => secretFrom(config.transit_token, config.transit_token_file, "TRANSIT_TOKEN"),
  });
}

/** How each place in which keys may lie is reached. Files are always there; the others where their settings are. */
export const keyOpeners = (config: Config, keys: Keyring): Required<Openers> => ({
  file: async () => openKeyFiles(join(config.folder, "keys"), keys.vault),
  pkcs11: () => token(config),
  transit: () => transit(config),
});
