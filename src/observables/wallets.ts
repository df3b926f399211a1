import { validate } from "multicoin-address-validator";
import { type Finder, sweep } from "./finding.ts";

/**
 * Currencies by the shape of their addresses. An address may be valid in several (an Ethereum address is one on every chain
 * of its family): the first wins, so that the key of one address is always the same.
 */
const SHAPES: readonly { readonly shape: RegExp; readonly currencies: readonly string[] }[] = [
  { shape: /^0x[0-9a-f]{40}$/i, currencies: ["eth"] },
  { shape: /^(?:bc1[02-9ac-hj-np-z]{11,87}|BC1[02-9AC-HJ-NP-Z]{11,87})$/, currencies: ["btc"] },
  { shape: /^[13][1-9A-HJ-NP-Za-km-z]{25,34}$/, currencies: ["btc", "bch", "ltc"] },
  { shape: /^(?:bitcoincash:)?[qp][02-9ac-hj-np-z]{41}$/, currencies: ["bch"] },
  { shape: /^(?:ltc1[02-9ac-hj-np-z]{20,87}|[LM][1-9A-HJ-NP-Za-km-z]{26,33})$/, currencies: ["ltc"] },
  { shape: /^T[1-9A-HJ-NP-Za-km-z]{33}$/, currencies: ["trx"] },
  { shape: /^X[1-9A-HJ-NP-Za-km-z]{33}$/, currencies: ["dash"] },
  { shape: /^D[1-9A-HJ-NP-Za-km-z]{33}$/, currencies: ["doge"] },
  { shape: /^[AG][1-9A-HJ-NP-Za-km-z]{33}$/, currencies: ["btg"] },
  { shape: /^t[13][1-9A-HJ-NP-Za-km-z]{33}$/, currencies: ["zec"] },
  { shape: /^r[1-9A-HJ-NP-Za-km-z]{24,34}$/, currencies: ["xrp"] },
  { shape: /^[48][1-9A-HJ-NP-Za-km-z]{94}(?:[1-9A-HJ-NP-Za-km-z]{11})?$/, currencies: ["xmr"] },
];
const CANDIDATE = /(?<![A-Za-z0-9])(?:bitcoincash:)?[A-Za-z0-9]{25,106}(?![A-Za-z0-9])/g;

/** The currency whose addresses have this form and check sum; `undefined` where none has. */
export function currencyOf(address: string): string | undefined {
  for (const { shape, currencies } of SHAPES) {
    if (!shape.test(address)) continue;
    const currency = currencies.find((each) => isValid(address, each));
    if (currency) return currency;
  }
  return undefined;
}

function isValid(address: string, currency: string): boolean {
  try {
    return validate(address, currency);
  } catch {
    // The validator throws on some strings that are no address of its currency.
    return false;
  }
}

/** Addresses of crypto-assets whose check sum holds. */
export const findWallets: Finder = (text) =>
  sweep(text, CANDIDATE, ([value]) => {
    if (!/\d/.test(value)) return undefined;
    const currency = currencyOf(value);
    if (!currency) return undefined;
    // Hexadecimal and bech32 addresses mean the same in capitals; base58 ones do not.
    const folds = /^(?:0x|bc1|ltc1|bitcoincash:)/i.test(value);
    const address = (folds ? value.toLowerCase() : value).replace(/^bitcoincash:/, "");
    return { type: "wallet", value, key: `wallet:${currency}:${address}`, strong: true };
  });
