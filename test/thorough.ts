const isThorough = process.env["COMITY_THOROUGH"] === "1";

/** How often something of chance is tried: `few` by `npm test`, `many` by `npm run test:thorough`. */
export const thorough = (few: number, many: number): number => (isThorough ? many : few);
