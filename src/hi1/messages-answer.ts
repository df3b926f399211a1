import { ERRORS } from "./dictionary.ts";
import type { EndpointRow, Problem } from "./endpoint.ts";
import { actionsOf, Hi1Error, readHeader, readJson, readMessage } from "./message.ts";
import { isNamed, keyOf } from "./messages-endpoint.ts";
import type { ActionRequest, ActionResponse, Header, Hi1Object } from "./schema.ts";
import type { EndpointId } from "./schema-base.ts";
import { demandSigned } from "./signature.ts";

/** What came of a message: taken, with objects that the answer bears; refused; or to be tried again. */
export type Outcome =
  | { readonly objects: readonly Hi1Object[] }
  | { readonly refused: Problem }
  | { readonly again: Problem };

/** The message that an answer is to, and between whom. */
export interface Asked {
  readonly text: string;
  readonly endpoint: EndpointRow;
  readonly own: EndpointId;
  readonly transaction: string;
}

/** Reads an answer. One that is not signed by the provider, or is to another message, is none: the message is sent again. */
export function outcomeOf(answer: string, asked: Asked): Outcome {
  try {
    const json = readJson(answer);
    const header = readHeader(json);
    demandAnswers(header, asked);
    demandSigned(answer, json, keyOf(asked.endpoint));
    const { Payload } = readMessage(json);
    const response = Payload.ResponsePayload;
    if (!response) throw new Hi1Error("RequiredElementMissing", "an answer is wanted here", "/Payload/ResponsePayload");
    if (response.ErrorInformation) return ofError(response.ErrorInformation);
    return ofActions(actionsOf(readMessage(readJson(asked.text))), response.ActionResponses?.ActionResponse ?? []);
  } catch (error) {
    if (!(error instanceof Hi1Error)) throw error;
    return { again: { type: "bad-receipt", words: error.message.slice(0, 500) } };
  }
}

function demandAnswers(header: Header, { endpoint, own, transaction }: Asked): void {
  const { ReceiverIdentifier: to } = header;
  if (header.TransactionIdentifier !== transaction)
    throw new Hi1Error("ImproperValue", "this answers another message", "/Header/TransactionIdentifier");
  if (!isNamed(endpoint, header.SenderIdentifier))
    throw new Hi1Error("ImproperValue", "this is somebody else's answer", "/Header/SenderIdentifier");
  if (to.CountryCode !== own.CountryCode || to.UniqueIdentifier !== own.UniqueIdentifier)
    throw new Hi1Error("ImproperValue", "this answer is for somebody else", "/Header/ReceiverIdentifier");
}

const ofError = ({
  ErrorCode: code,
  ErrorDescription: words,
}: {
  ErrorCode: number;
  ErrorDescription: string;
}): Outcome => {
  const problem = { code, words: words.slice(0, 500) };
  return code === ERRORS.TransientTechnicalError
    ? { again: { type: "transient", ...problem } }
    : { refused: { type: "refused-there", ...problem } };
};

function ofActions(asked: readonly ActionRequest[], answers: readonly ActionResponse[]): Outcome {
  const paired = asked.map((action) => {
    const answer = answers.find(({ ActionIdentifier }) => ActionIdentifier === action.ActionIdentifier);
    if (!answer) throw new Hi1Error("RequiredElementMissing", `action ${action.ActionIdentifier} is not answered`);
    return { action, answer };
  });
  const errors = paired.flatMap(({ action, answer: { ErrorInformation: error } }) =>
    // It came before, and its answer was lost: they have what we made under our own identifier. Of what is asked, one may be unknown.
    !error || (action.CREATE && error.ErrorCode === ERRORS.ObjectAlreadyExists) || action.GET ? [] : [error],
  );
  // Where nothing of a message is done, the one action that could not be says why.
  const why = errors.find(({ ErrorCode }) => ErrorCode !== ERRORS.GeneralBusinessLogicError) ?? errors[0];
  if (why) return ofError(why);
  return {
    objects: paired.flatMap(
      ({ answer }) => (answer.CREATEResponse ?? answer.UPDATEResponse ?? answer.GETResponse)?.HI1Object ?? [],
    ),
  };
}
