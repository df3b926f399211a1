/** A provision of a treaty, as its text heads it. */
export interface Provision {
  readonly heading: string;
  /** What of it this program does not do yet; then nothing cites it. Absent where something does. */
  readonly notBuilt?: string;
}
const headed = (heading: string): Provision => ({ heading });
const notBuilt = (heading: string, what: string): Provision => ({ heading, notBuilt: what });

/**
 * Every provision that code, packs, messages and pages cite, and those of the measures that are not built. A test compares this list with the
 * citations, both ways, and prints where each is cited. Paragraphs stand under the heading of their article.
 *
 * CETS 108 is cited as amended by CETS 223.
 */
// prettier-ignore
export const PROVISIONS: Readonly<Record<string, Provision>> = {
  "CETS 108 Art. 5":           headed("Legitimacy of data processing and quality of data"),
  "CETS 108 Art. 9":           headed("Rights of the data subject"),
  "CETS 108 Art. 11":          headed("Exceptions and restrictions"),
  "CETS 108 Art. 15":          headed("Supervisory authorities"),
  "CETS 185 Art. 1(d)":        headed("Definitions: traffic data"),
  "CETS 185 Art. 2":           headed("Illegal access"),
  "CETS 185 Art. 3":           headed("Illegal interception"),
  "CETS 185 Art. 4":           headed("Data interference"),
  "CETS 185 Art. 5":           headed("System interference"),
  "CETS 185 Art. 6":           headed("Misuse of devices"),
  "CETS 185 Art. 7":           headed("Computer-related forgery"),
  "CETS 185 Art. 8":           headed("Computer-related fraud"),
  "CETS 185 Art. 9":           headed("Offences related to child pornography"),
  "CETS 185 Art. 10":          headed("Offences related to infringements of copyright and related rights"),
  "CETS 185 Art. 11":          headed("Attempt and aiding or abetting"),
  "CETS 185 Art. 14(2)(b)":    headed("Scope of procedural provisions"),
  "CETS 185 Art. 14(2)(c)":    headed("Scope of procedural provisions: evidence in electronic form"),
  "CETS 185 Art. 15":          headed("Conditions and safeguards"),
  "CETS 185 Art. 15(1)":       headed("Conditions and safeguards"),
  "CETS 185 Art. 15(2)":       headed("Conditions and safeguards"),
  "CETS 185 Art. 16":          headed("Expedited preservation of stored computer data"),
  "CETS 185 Art. 16(2)":       headed("Expedited preservation of stored computer data"),
  "CETS 185 Art. 16(3)":       headed("Expedited preservation of stored computer data"),
  "CETS 185 Art. 17":          headed("Expedited preservation and partial disclosure of traffic data"),
  "CETS 185 Art. 18(1)":       headed("Production order"),
  "CETS 185 Art. 18(1)(a)":    notBuilt("Production order", "the measure O18a"),
  "CETS 185 Art. 18(1)(b)":    headed("Production order"),
  "CETS 185 Art. 18(3)":       headed("Production order: subscriber information"),
  "CETS 185 Art. 19":          headed("Search and seizure of stored computer data"),
  "CETS 185 Art. 20":          headed("Real-time collection of traffic data"),
  "CETS 185 Art. 21":          headed("Interception of content data"),
  "CETS 185 Art. 23":          headed("General principles relating to international co-operation"),
  "CETS 185 Art. 25":          headed("General principles relating to mutual assistance"),
  "CETS 185 Art. 25(1)":       headed("General principles relating to mutual assistance"),
  "CETS 185 Art. 25(3)":       headed("General principles relating to mutual assistance"),
  "CETS 185 Art. 25(4)":       headed("General principles relating to mutual assistance"),
  "CETS 185 Art. 26":          headed("Spontaneous information"),
  "CETS 185 Art. 26(2)":       headed("Spontaneous information"),
  "CETS 185 Art. 27(2)":       headed("Procedures in the absence of applicable international agreements"),
  "CETS 185 Art. 27(4)":       headed("Procedures in the absence of applicable international agreements"),
  "CETS 185 Art. 27(5)":       headed("Procedures in the absence of applicable international agreements"),
  "CETS 185 Art. 27(6)":       headed("Procedures in the absence of applicable international agreements"),
  "CETS 185 Art. 27(7)":       headed("Procedures in the absence of applicable international agreements"),
  "CETS 185 Art. 28(2)":       headed("Confidentiality and limitation on use"),
  "CETS 185 Art. 28(3)":       headed("Confidentiality and limitation on use"),
  "CETS 185 Art. 28":          headed("Confidentiality and limitation on use"),
  "CETS 185 Art. 29":          headed("Expedited preservation of stored computer data"),
  "CETS 185 Art. 29(2)":       headed("Expedited preservation of stored computer data"),
  "CETS 185 Art. 29(3)":       headed("Expedited preservation of stored computer data"),
  "CETS 185 Art. 29(4)":       headed("Expedited preservation of stored computer data"),
  "CETS 185 Art. 29(7)":       headed("Expedited preservation of stored computer data"),
  "CETS 185 Art. 30":          headed("Expedited disclosure of preserved traffic data"),
  "CETS 185 Art. 31":          headed("Mutual assistance regarding accessing of stored computer data"),
  "CETS 185 Art. 33":          headed("Mutual assistance in the real-time collection of traffic data"),
  "CETS 185 Art. 34":          headed("Mutual assistance regarding the interception of content data"),
  "CETS 185 Art. 35":          headed("24/7 Network"),
  "CETS 189":                  headed("Additional Protocol concerning acts of a racist and xenophobic nature"),
  "CETS 198 Art. 4":           headed("Investigative and provisional measures"),
  "CETS 198 Art. 14":          headed("Postponement of domestic suspicious transactions"),
  "CETS 201 Art. 23":          headed("Solicitation of children for sexual purposes"),
  "CETS 224 Art. 3(2)(c)":     headed("Definitions: emergency"),
  "CETS 224 Art. 6":           headed("Request for domain name registration information"),
  "CETS 224 Art. 7":           headed("Disclosure of subscriber information"),
  "CETS 224 Art. 8":           headed("Giving effect to orders for expedited production"),
  "CETS 224 Art. 9":           headed("Expedited disclosure of stored computer data in an emergency"),
  "CETS 224 Art. 10":          headed("Emergency mutual assistance"),
  "CETS 224 Art. 12":          headed("Joint investigation teams and joint investigations"),
  "Regulation (EU) 2023/1543 Art. 5":  headed("Conditions for issuing a European Production Order"),
  "Regulation (EU) 2023/1543 Art. 6":  headed("Conditions for issuing a European Preservation Order"),
  "Regulation (EU) 2023/1543 Art. 10": headed("Execution of a European Production Order Certificate"),
  "Regulation (EU) 2023/1543 Art. 11": headed("Execution of a European Preservation Order Certificate"),
};
