declare module "multicoin-address-validator" {
  /** True where `address` has the form and the check sum of `currency` (`btc`). Throws for a currency that it does not know. */
  export function validate(address: string, currency: string): boolean;
}
