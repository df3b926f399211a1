/** Where the defence opens its disclosure on the portal: a letter, so that an address on a screen tells nothing. */
export const DEFENCE = "/d";
