/** Every provision that the code cites, with its heading. A test compares this list with the citations. */
export const PROVISIONS: Readonly<Record<string, string>> = {
};
