/** Addresses of the pages on which a reporter sees what is held about them; they tell nobody what they are about. */
export const OWN_DATA = "/follow/4";
export const OWN_EXPORT = "/follow/5";
