import { z } from "zod";

/**
 * The base types of TS 103 280 as far as messages need them, and the ways in which the schemas of TS 103 120 put things together.
 *
 * @source ETSI TS 103 280
 */
export const shortString = z.string().max(255);
export const longString = z.string().max(65_535);
export const uuid = z.string().regex(/^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i);
export const country = z.string().regex(/^[A-Z]{2}$/);
const zone = String.raw`(?:Z|[+-]\d\d:\d\d)`;
const second = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d`;
/** True for what has the form and is a moment. */
const isMoment = (text: string): boolean => {
  try {
    Temporal.Instant.from(text);
    return true;
  } catch {
    return false;
  }
};
/** A moment to the second, with its offset. */
export const dateTime = z
  .string()
  .regex(new RegExp(`^${second}${zone}$`))
  .refine(isMoment);
/** The same to the microsecond. */
export const microsecondDateTime = z
  .string()
  .regex(new RegExp(String.raw`^${second}\.\d{6}${zone}$`))
  .refine(isMoment);
export const count = z.int().min(0);
export const ldid = z.string().regex(/^[A-Z]{2}-.+-.+$/);
export const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,3}$/);

type Optional<Shape extends Record<string, z.ZodType>> = { [Key in keyof Shape]: z.ZodOptional<Shape[Key]> };
/** Every field of the shape, none of which must be there. */
export const optional = <Shape extends Record<string, z.ZodType>>(shape: Shape): Optional<Shape> =>
  Object.fromEntries(Object.entries(shape).map(([name, type]) => [name, type.optional()])) as Optional<Shape>;

/** An object with these fields and no others: nearly everything in the standard may be left out. */
export const fields = <Shape extends Record<string, z.ZodType>>(shape: Shape) => z.strictObject(optional(shape));

/** Exactly one of these fields; what else stands there the schema does not name. */
export const choice = <Shape extends Record<string, z.ZodType>>(shape: Shape) =>
  z
    .looseObject(optional(shape))
    .refine((given) => Object.keys(shape).filter((name) => Object.hasOwn(given, name)).length === 1, "choice");

export const dictionaryEntry = z.strictObject({
  "common:Owner": shortString,
  "common:Name": shortString,
  "common:Value": shortString,
});
export const endpointId = z.strictObject({ CountryCode: country, UniqueIdentifier: longString });
/** Who takes part: a country, and a name that is one's own in it. */
export type EndpointId = z.output<typeof endpointId>;
/** Why something was not done. */
export const unsuccessful = z.strictObject({ ErrorCode: count, ErrorDescription: longString });

/** Parameters that a country adds: only whose they are is set. */
export const national = (prefix: string) => z.strictObject({ [`${prefix}CountryCode`]: country });

const language = choice({ "common:ISO639Set1LanguageIdentifier": z.string().regex(/^[a-z]{2}$/) });
const e164 = z.string().regex(/^\d{1,15}$/);
const contact = {
  "common:Name": longString,
  "common:Role": longString,
  "common:EmailAddress": z.string().max(320),
  "common:PhoneNumber": e164,
  "common:FaxNumber": e164,
  "common:Address": longString,
  "common:Languages": z.array(language),
};
export const approvalDetails = fields({
  "common:ApprovalType": longString,
  "common:ApprovalDescription": longString,
  "common:ApprovalReference": longString,
  "common:ApproverDetails": fields({
    "common:ApproverName": longString,
    "common:ApproverRole": longString,
    "common:ApproverIdentity": choice({ "common:NationalApproverIdentity": national("common:") }),
    "common:ApproverContactDetails": z.array(
      fields({
        ...contact,
        "common:ApproverAlternateName": longString,
        "common:ApproverEmailAddress": z.string().max(320),
        "common:ApproverPhoneNumber": e164,
      }),
    ),
  }),
  "common:ApprovalTimestamp": dateTime,
  "common:ApprovalIsEmergency": z.boolean(),
  "common:ApprovalDigitalSignature": choice({ "common:NationalDigitalSignature": national("common:") }),
  "common:ApprovalNationalDetails": national("common:"),
});

/** What every object has. */
export const ofEveryObject = {
  ObjectIdentifier: uuid,
  ...optional({
    CountryCode: country,
    OwnerIdentifier: shortString,
    Generation: count,
    ExternalIdentifier: longString,
    AssociatedObjects: fields({ AssociatedObject: z.array(uuid) }),
    LastChanged: dateTime,
    NationalHandlingParameters: national(""),
  }),
};

/** An object of that type: what every object has, and fields of its own. */
export const objectOf = <Type extends string, Shape extends Record<string, z.ZodType>>(type: Type, shape: Shape) =>
  z.strictObject({ "@xsi:type": z.literal(type), ...ofEveryObject, ...optional(shape) });
