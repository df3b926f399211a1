import { answersTo } from "./answers.ts";

/** A request of that measure to that node in which nothing is missing, for subscriber information; `more` goes over it. */
export const whole = (measure: string, to: string, more: object = {}) => ({
  measure,
  to,
  offence: "Computer-related fraud, Aruna Cybercrime Act 2021, s. 11",
  facts:
    "On 3 November a caller who said he was of the victim's bank had her read out a one-time code; 41,300 rupees left her account.",
  necessity: "Only the provider holds the log-in records of this mailbox; bank records end at the transfer.",
  proportionality: "One mailbox and nine days are asked for, and nothing that its owner wrote.",
  data: [{ category: "subscriber", description: "Subscriber information", identifiers: ["sunrise@meridian.example"] }],
  custodian: "Meridian, response desk",
  urgency: "urgent",
  particulars: {
    assistance: "A request for assistance will follow within sixty days.",
    use: "Evidence in these proceedings only.",
  },
  safeguards: { answers: answersTo(measure) },
  ...more,
});
