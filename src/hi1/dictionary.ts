/** The version of the standard that this node writes. */
export const ETSI_VERSION = "V1.23.1";
/** Owner and version of the national profile that says what of the standard must be there. */
export const PROFILE = { owner: "COMITY", version: "v1.0" } as const;

/** The first version with messages as JSON that is read, as `[major, minor]`; none after the one that is written. */
const OLDEST = [1, 13] as const;
const NEWEST = [1, 23] as const;

/** True for a version that this node can read. */
export function isReadable(version: string): boolean {
  const [, major, minor] = /^V(\d{1,4})\.(\d{1,4})\.\d{1,4}$/.exec(version)?.map(Number) ?? [];
  return major === OLDEST[0] && minor !== undefined && minor >= OLDEST[1] && minor <= NEWEST[1];
}

/** An entry of a dictionary: who owns it, its name, the value. @source ETSI TS 103 120 v1.23.1 §6 */
export interface DictionaryEntry {
  readonly "common:Owner": string;
  readonly "common:Name": string;
  readonly "common:Value": string;
}

/** Values of the standard's own dictionaries that this node reads or writes. @source ETSI TS 103 120 v1.23.1 */
// prettier-ignore
export const DICTIONARIES = {
  ObjectType: ["Authorisation", "Document", "Notification", "Task", "LDTask", "LPTask", "Delivery"],
  AuthorisationPriority: ["High", "Routine"],
  AuthorisationStatus: ["AwaitingApproval", "EmergencyApproval", "Approved", "Rejected", "Suspended", "Cancelled", "Expired", "Invalid", "CreatingForCSP", "SubmittedToCSP", "AwaitingUpdateApproval"],
  AuthorisationDesiredStatus: ["AwaitingApproval", "EmergencyApproval", "Approved", "Rejected", "Suspended", "Cancelled", "Expired", "CreatingForCSP", "SubmittedToCSP"],
  AuthorisationFlag: ["IsEmergency", "IsConsensual", "IsTest", "IsDataAvailable"],
  AuthorisationTypeOfCase: ["ChildExploitationOrChildSexualAbuse", "Corruption", "Cybercrime", "Defamation", "DrugsOrDrugTrafficking", "HarassmentOrThreatToPersonalSafety", "HateSpeech", "HumanTrafficking", "MissingPerson", "MoneyLaundering", "OtherFinancialCrimeOrFraud", "SexualAbuseOrExploitation", "Theft", "TerrorismOrThreatToPublicSafety", "ViolenceOrCrimeAgainstAPerson", "Other", "NotSpecified"],
  DocumentStatus: ["AwaitingApproval", "Approved", "Rejected", "Suspended", "Cancelled", "Expired", "Invalid"],
  DocumentType: ["Warrant", "TakedownRefinement"],
  NotificationType: ["General"],
  LDTaskStatus: ["AwaitingApproval", "AwaitingDisclosure", "Disclosed", "DisclosureNotAvailable", "Rejected", "Cancelled", "Error", "Invalid"],
  LDTaskDesiredStatus: ["AwaitingApproval", "AwaitingDisclosure", "Disclosed", "Rejected", "Cancelled"],
  LDTaskFlag: ["IsTest", "IsEmergency", "IsNonLocal", "IsLocal"],
  LDHandoverFormat: ["TS102657", "EncapsulatedTS102657", "TS103120", "TS103705", "TS103707"],
  LPTaskStatus: ["AwaitingPreservation", "Preserved", "PreservationNotAvailable", "Rejected", "Cancelled", "Expired", "Error", "Invalid"],
  LPTaskDesiredStatus: ["AwaitingPreservation", "Preserved", "Cancelled"],
  RequestType: ["SubscriberData", "UserIdentifyingData", "TrafficData", "StoredContentData", "SubscriberDataAndUserIdentifyingData", "TrafficDataAndStoredContentData", "Other"],
  DeliveryStatus: ["Available", "Acknowledged", "Expired", "Error", "Received"],
  DeliveryDesiredStatus: ["Available", "Acknowledged", "Error", "Received"],
} as const satisfies Record<string, readonly string[]>;
export type DictionaryName = keyof typeof DICTIONARIES;

/** An entry of one of the standard's dictionaries. */
export const entryOf = <Name extends DictionaryName>(
  name: Name,
  value: (typeof DICTIONARIES)[Name][number],
): DictionaryEntry => ({ "common:Owner": "ETSI", "common:Name": name, "common:Value": value });

/** The value, where the entry is of that dictionary of the standard and the dictionary has it; `undefined` otherwise. */
export function valueIn<Name extends DictionaryName>(
  name: Name,
  entry: DictionaryEntry | undefined,
): (typeof DICTIONARIES)[Name][number] | undefined {
  if (entry?.["common:Owner"] !== "ETSI" || entry["common:Name"] !== name) return undefined;
  return (DICTIONARIES[name] as readonly (typeof DICTIONARIES)[Name][number][]).find(
    (each) => each === entry["common:Value"],
  );
}

/** Errors by their numbers. @source ETSI TS 103 120 v1.23.1 Annex D */
// prettier-ignore
export const ERRORS = {
  GeneralBusinessLogicError: 3000, FeatureNotSupported: 3001, DuplicateActionId: 3002, TransientTechnicalError: 3003, ConfigurationIssue: 3004,
  RequiredElementMissing: 3005, ValueChangeNotAllowed: 3006, ImproperValue: 3007, ImproperValueChange: 3008, ValueNotFound: 3009,
  ObjectAlreadyExists: 3010, UpdateObjectDoesNotExist: 3011, UpdateObjectExpired: 3012, CancelObjectDoesNotExist: 3013,
  GetObjectNotFound: 3014, GetObjectNotDeliverable: 3015, LinkTargetDoesNotExist: 3016, LinkTargetExpired: 3017, LinkTargetFailed: 3018,
  UnsupportedEncoding: 3019, ValidationError: 3020, VersionNotSupported: 3021, MessageTooLarge: 3022,
} as const;
export type ErrorName = keyof typeof ERRORS;
