/**
 * What an offence falls under, so that requests of different countries can be counted together: an article of the Convention, its First
 * Protocol, or any other offence of which evidence is in electronic form.
 *
 * @source CETS 185 Art. 14(2)(c)
 */
export const ARTICLES = {
  "2": "CETS 185 Art. 2",
  "3": "CETS 185 Art. 3",
  "4": "CETS 185 Art. 4",
  "5": "CETS 185 Art. 5",
  "6": "CETS 185 Art. 6",
  "7": "CETS 185 Art. 7",
  "8": "CETS 185 Art. 8",
  "9": "CETS 185 Art. 9",
  "10": "CETS 185 Art. 10",
  "189": "CETS 189",
  other: "CETS 185 Art. 14(2)(c)",
} as const;
export type Article = keyof typeof ARTICLES;
export const ARTICLE_CODES = [
  "2",
  "3",
  "4",
  "5",
  "6",
  "7",
  "8",
  "9",
  "10",
  "189",
  "other",
] as const satisfies readonly Article[];
