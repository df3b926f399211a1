// Generated from migrations/ by `npm run generate`; a test fails when it has drifted.
import type { ColumnType, Generated } from "kysely";
import type { Json } from "./json.ts";

type JsonValue = Json;

export interface AccountTable {
  id: string;
  state: string;
  username: string;
  name: string;
  role: string;
  office: string;
  language: string;
  password: string | null;
  totp: Buffer | null;
  invitation: string | null;
  invited_until: Temporal.Instant | null;
  created_at: Temporal.Instant;
}

export interface AlertTable {
  id: string;
  number: string;
  state: string;
  version: Generated<number>;
  office: string;
  office_name: string;
  drafted_by: string;
  drafted_by_name: string;
  written_by: string[];
  published_by: string | null;
  published_by_name: string | null;
  campaign_id: string | null;
  category: string;
  districts: Generated<string[]>;
  languages: string[];
  content: ColumnType<JsonValue, string, string>;
  pending: ColumnType<JsonValue | null, string | null, string | null>;
  changed_reason: string | null;
  expires_at: Temporal.Instant;
  drafted_at: Temporal.Instant;
  proposed_at: Temporal.Instant | null;
  published_at: Temporal.Instant | null;
  changed_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
}

export interface AlertVersionTable {
  alert_id: string;
  version: number;
  kind: string;
  content: ColumnType<JsonValue, string, string>;
  reason: string | null;
  identifier: string;
  sender: string;
  sent_at: Temporal.Instant;
  by_name: string;
  mailed_at: Temporal.Instant | null;
}

export interface AnsweredTable {
  key: Buffer;
  question: Buffer;
  status: Generated<number>;
  answer: Buffer | null;
  at: Temporal.Instant;
}

export interface AttemptTable {
  id: string;
  bucket: Buffer;
  at: Temporal.Instant;
}

export interface BlobTable {
  id: string;
  address: Buffer;
  bytes: number;
  parts: ColumnType<JsonValue, string, string>;
  at: Temporal.Instant;
  verified_at: Temporal.Instant | null;
  looked_at: Temporal.Instant | null;
  asked_at: Temporal.Instant | null;
}

export interface BlobWrapTable {
  holder: string;
  blob: string;
  wrapped: Buffer;
  key: Generated<string>;
}

export interface CampaignTable {
  id: string;
  number: string;
  name: string;
  name_key: string | null;
  named: Generated<boolean>;
  state: string;
  category: string;
  priority: number;
  reports: number;
  week: number;
  first_at: Temporal.Instant;
  last_at: Temporal.Instant;
  made_at: Temporal.Instant;
  losses: ColumnType<JsonValue, string, string>;
  categories: ColumnType<JsonValue, string, string>;
  lead_id: string | null;
  merged_into: string | null;
}

export interface CampaignApartTable {
  campaign_id: string;
  other_id: string;
  at: Temporal.Instant;
}

export interface CampaignOriginTable {
  campaign_id: string;
  report_id: string;
}

export interface CampaignProgressTable {
  one: Generated<boolean>;
  upto: string;
}

export interface CaseFileTable {
  id: string;
  number: string;
  title: string;
  state: string;
  office: string;
  office_name: string;
  lead: string | null;
  lead_name: string | null;
  priority: Generated<number>;
  offences: Generated<string[]>;
  opened_at: Temporal.Instant;
  referred_at: Temporal.Instant | null;
  charged_at: Temporal.Instant | null;
  adjudicated_at: Temporal.Instant | null;
  closed_at: Temporal.Instant | null;
  outcome: string | null;
  special_by: string | null;
}

export interface CaseNoteTable {
  id: string;
  case_id: string;
  at: Temporal.Instant;
  author: string;
  body: string;
}

export interface CasePersonTable {
  id: string;
  case_id: string;
  role: string;
  name: string;
  note: string | null;
  at: Temporal.Instant;
}

export interface ClientTable {
  id: string;
  state: string;
  name: string;
  organisation: string;
  contact_name: string;
  contact_email: string;
  contact_voice: string | null;
  scopes: string[];
  categories: Generated<string[]>;
  day_quota: number;
  minute_quota: number;
  created_at: Temporal.Instant;
  used_at: Temporal.Instant | null;
}

export interface ClientBatchTable {
  client_id: string;
  key: Buffer;
  begun_at: Temporal.Instant;
  answered_at: Temporal.Instant;
  answered: Generated<number>;
}

export interface ClientBatchRefusalTable {
  client_id: string;
  key: Buffer;
  line: number;
  answer: ColumnType<JsonValue, string, string>;
}

export interface ClientKeyTable {
  id: string;
  client_id: string;
  name: string;
  digest: Buffer;
  created_at: Temporal.Instant;
  expires_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
  used_at: Temporal.Instant | null;
  successor: string | null;
}

export interface ClientMeterTable {
  client_id: string;
  day: Temporal.PlainDate;
  day_taken: Generated<number>;
  minute: Temporal.Instant;
  minute_taken: Generated<number>;
}

export interface ClientUseTable {
  client_id: string;
  day: Temporal.PlainDate;
  channel: string;
  taken: Generated<number>;
  refused: Generated<number>;
}

export interface CorrespondentTable {
  id: string;
  code: string;
  name: string;
  kind: string;
  state: string;
  address: string;
  languages: string[];
  hours: string | null;
  voice: string | null;
  escalation: string | null;
  proposed_by: string;
  confirmed_by: string | null;
  proposed_at: Temporal.Instant;
  confirmed_at: Temporal.Instant | null;
  revoked_at: Temporal.Instant | null;
}

export interface DataRequestTable {
  id: string;
  number: string;
  state: string;
  kind: string;
  report_id: string;
  reference: string;
  words: Buffer | null;
  asked_at: Temporal.Instant;
  due_at: Temporal.Instant;
  decided_at: Temporal.Instant | null;
  decided_by: string | null;
  ground: string | null;
  answer: Buffer | null;
}

export interface DeadlineTable {
  id: string;
  subject_kind: string;
  subject_id: string;
  rule: string;
  starts_at: Temporal.Instant;
  due_at: Temporal.Instant;
  suspended_at: Temporal.Instant | null;
  fired_at: Temporal.Instant | null;
  ended_at: Temporal.Instant | null;
  detail: ColumnType<JsonValue, string | undefined, string>;
  version: Generated<number>;
  warn_minutes: Generated<number[]>;
  escalate_minutes: number | null;
  term: Generated<number>;
  wakes_at: Temporal.Instant;
  warned_minutes: number | null;
}

export interface DeadlineWarningTable {
  deadline_id: string;
  term: number;
  ahead_minutes: number;
  at: Temporal.Instant;
  raised_at: Temporal.Instant;
  overtaken: Generated<boolean>;
}

export interface DeliveryTable {
  id: string;
  endpoint_id: string;
  entry: string;
  leaf: number;
  event: string;
  subject_id: string;
  reference: string;
  at: Temporal.Instant;
  state: string;
  attempts: Generated<number>;
  queued_at: Temporal.Instant;
  next_at: Temporal.Instant;
  status: number | null;
  took_ms: number | null;
  problem: string | null;
  tried_at: Temporal.Instant | null;
  delivered_at: Temporal.Instant | null;
}

export interface DigestTable {
  id: string;
  account: string;
  every: string;
  hour: number;
  address: Buffer;
  told_on: Temporal.PlainDate | null;
  created_at: Temporal.Instant;
}

export interface DisclosureTable {
  id: string;
  number: string;
  case_id: string;
  state: string;
  office: string;
  words: Buffer;
  prepared_by: string | null;
  prepared_by_name: string | null;
  prepared_at: Temporal.Instant;
  approved_by: string | null;
  approved_by_name: string | null;
  approved_at: Temporal.Instant | null;
  served_at: Temporal.Instant | null;
  code: Buffer | null;
  code_number: Generated<number>;
  code_at: Temporal.Instant | null;
  open_until: Temporal.Instant | null;
  received_at: Temporal.Instant | null;
}

export interface DisclosureItemTable {
  disclosure: string;
  item: string;
  fate: string;
  ground: string | null;
  reason: Buffer | null;
  decided_by: string | null;
  decided_at: Temporal.Instant;
}

export interface DrillTable {
  id: string;
  number: string;
  side: string;
  peer: string;
  state: string;
  text: string;
  office: string | null;
  started_by: string | null;
  sent_at: Temporal.Instant;
  due_at: Temporal.Instant;
  received_at: Temporal.Instant | null;
  answered_at: Temporal.Instant | null;
  answered_by: string | null;
}

export interface EmergencyUseTable {
  request_id: string;
  sent_by: string | null;
  sent_at: Temporal.Instant;
  before_authorisation: boolean;
  review_due: Temporal.Instant;
  reviewed_at: Temporal.Instant | null;
  reviewed_by: string | null;
  verdict: string | null;
}

export interface EmptyingTable {
  id: string;
  state: string;
  office: string;
  account: string;
  by: string;
  key: string;
  verdict: string;
  at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
  done: Generated<number>;
  refused: Generated<number>;
}

export interface EndpointTable {
  id: string;
  client_id: string;
  state: string;
  url: string;
  events: string[];
  secret_number: Generated<number>;
  secret_at: Temporal.Instant;
  former_until: Temporal.Instant | null;
  created_at: Temporal.Instant;
  failures: Generated<number>;
  failing_since: Temporal.Instant | null;
  next_at: Temporal.Instant;
}

export interface ExchangeAlarmTable {
  id: string;
  peer: string;
  kind: string;
  detail: ColumnType<JsonValue, string, string>;
  raised_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
}

export interface ExchangeKeyTable {
  id: string;
  kind: string;
  state: string;
  fingerprint: string;
  made_at: Temporal.Instant;
  former_at: Temporal.Instant | null;
  ended_at: Temporal.Instant | null;
}

export interface ExhibitTable {
  id: string;
  case_id: string;
  item_id: string;
  mark: string;
  party: string;
  place: number;
  state: string;
  office: string;
  words: Buffer;
  listed_by: string | null;
  listed_by_name: string | null;
  listed_at: Temporal.Instant;
  tendered_by: string | null;
  tendered_at: Temporal.Instant | null;
  decided_by: string | null;
  decided_by_name: string | null;
  decided_at: Temporal.Instant | null;
}

export interface ExhibitNumberTable {
  series: string;
  last: number;
}

export interface ExhibitPlaceTable {
  case_id: string;
  party: string;
  last: number;
}

export interface HandoverTable {
  id: string;
  side: string;
  peer: string;
  state: string;
  report_id: string | null;
  office: string | null;
  category: string;
  conditions: string;
  offered_by: string;
  offered_at: Temporal.Instant;
  answered_by: string | null;
  answered_at: Temporal.Instant | null;
  reason: string | null;
  handed_at: Temporal.Instant | null;
}

export interface HashCheckTable {
  item: string;
  generation: number;
  pdq: Buffer | null;
  pdq_at: Temporal.Instant | null;
}

export interface HashGenerationTable {
  id: Generated<number>;
  generation: number;
}

export interface HashMatchTable {
  item: string;
  set_id: string;
  version: string;
  kind: string;
  distance: number | null;
  at: Temporal.Instant;
}

export interface HashSetTable {
  id: string;
  state: string;
  name: string;
  source: string;
  category: string;
  licence: string | null;
  office: string | null;
  distance: Generated<number>;
  current: string | null;
  proposed: string | null;
  proposed_by: string | null;
  created_at: Temporal.Instant;
}

export interface HashVersionTable {
  id: string;
  set_id: string;
  version: string;
  state: string;
  perceptual: Generated<boolean>;
  only_categories: number[] | null;
  holder: string | null;
  list_bytes: number | null;
  read_bytes: Generated<number>;
  lines: Generated<number>;
  passed_over: Generated<number>;
  entries: ColumnType<JsonValue, string | undefined, string>;
  problem: string | null;
  imported_by: string;
  confirmed_by: string | null;
  at: Temporal.Instant;
  live_at: Temporal.Instant | null;
}

export interface HeadItemTable {
  subject_id: string;
  key: Buffer;
  bucket: number;
}

export interface HeadMapTable {
  entries: number;
  root: Buffer;
  items: number;
  scanned: number;
  at: Temporal.Instant;
}

export interface HeadTileTable {
  idx: number;
  entries: number;
  bytes: Buffer;
}

export interface Hi1EndpointTable {
  id: string;
  peer: string;
  correspondent_id: string;
  state: string;
  url: string;
  country: string;
  identifier: string;
  public_key: string;
  fingerprint: string;
  proposed_by: string;
  confirmed_by: string | null;
  proposed_at: Temporal.Instant;
  confirmed_at: Temporal.Instant | null;
  revoked_at: Temporal.Instant | null;
  doubted_at: Temporal.Instant | null;
  doubted: Generated<number>;
}

export interface Hi1MessageTable {
  id: string;
  peer: string;
  direction: string;
  state: string;
  transaction: string;
  request_id: string | null;
  actions: string[];
  digest: Buffer | null;
  words: Buffer | null;
  answer: Buffer | null;
  at: Temporal.Instant;
  settled_at: Temporal.Instant | null;
  attempts: Generated<number>;
  next_at: Temporal.Instant;
  problem: ColumnType<JsonValue | null, string | null, string | null>;
}

export interface Hi1ObjectTable {
  peer: string;
  id: string;
  request_id: string;
  generation: number | null;
  delivery: string | null;
  sequence: number | null;
  last: boolean | null;
  digest: Buffer | null;
  at: Temporal.Instant;
  said: Buffer | null;
}

export interface HoldTable {
  id: string;
  number: string;
  state: string;
  report_id: string;
  transfer: number | null;
  institution: string | null;
  office: string | null;
  amount_minor: number | null;
  currency: string;
  details: Buffer | null;
  provision: string;
  hours: number;
  needs_approval: boolean;
  drafted_at: Temporal.Instant;
  drafted_by: string | null;
  approved_by: string | null;
  approved_at: Temporal.Instant | null;
  sent_by: string | null;
  sent_by_name: string | null;
  sent_at: Temporal.Instant | null;
  sent_via: string | null;
  language: string | null;
  notice: Buffer | null;
  notice_digest: Buffer | null;
  held_until: Temporal.Instant | null;
  warned_at: Temporal.Instant | null;
  answered_at: Temporal.Instant | null;
  held_minor: number | null;
  returned_minor: number | null;
  answer: Buffer | null;
}

export interface HoldSeenTable {
  report_id: string;
}

export interface HoldingTable {
  id: string;
  state: string;
  category: string;
  description: string;
  kept_days: number | null;
  declared_by: string;
  declared_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
}

export interface HotlineFileTable {
  id: string;
  hotline_report_id: string;
  sealed: Buffer | null;
  at: Temporal.Instant;
}

export interface HotlineReportTable {
  id: string;
  number: Generated<number>;
  client_id: string;
  state: string;
  sealed: Buffer | null;
  opened_at: Temporal.Instant;
  expires_at: Temporal.Instant;
  report_id: string | null;
}

export interface InboxTable {
  id: string;
  peer: string;
  seq: number;
  digest: Buffer;
  subject_kind: string;
  subject_id: string;
  act: string;
  envelope: ColumnType<JsonValue | null, string | null, string | null>;
  receipt: string;
  acted_at: Temporal.Instant;
  sent_at: Temporal.Instant;
  received_at: Temporal.Instant;
  files: ColumnType<JsonValue, string | undefined, string>;
  settled_at: Temporal.Instant | null;
  problem: ColumnType<JsonValue | null, string | null, string | null>;
  attempts: Generated<number>;
  next_at: Temporal.Instant;
  words: Buffer | null;
  kid: string | null;
  courier: string | null;
}

export interface InboxSequenceTable {
  peer: string;
  last: Generated<number>;
}

export interface ItemTable {
  id: string;
  number: string;
  state: string;
  case_id: string | null;
  request_id: string | null;
  office: string;
  office_name: string;
  custodian: string | null;
  custodian_name: string | null;
  to_office: string | null;
  to_account: string | null;
  before: string | null;
  description: string | null;
  name: string | null;
  media: string;
  bytes: number;
  digest: string | null;
  derived: Generated<boolean>;
  parent: string | null;
  root: string | null;
  acquired_at: Temporal.Instant;
  acquired_by: string | null;
  acquisition: ColumnType<JsonValue | null, string | null, string | null>;
  held: Generated<boolean>;
  held_reason: string | null;
  seal_number: string | null;
  retain_until: Temporal.PlainDate | null;
  proposed_by: string | null;
  disposed_at: Temporal.Instant | null;
  peer: string | null;
  peer_item: string | null;
  created_at: Temporal.Instant;
  inspected_at: Temporal.Instant | null;
  verified_at: Temporal.Instant | null;
  altered_at: Temporal.Instant | null;
  due_at: Temporal.Instant | null;
  bundle: string | null;
  to_peer: string | null;
  signed_at: Temporal.Instant | null;
  retain_source: string | null;
  viewing_office: string | null;
  locked_at: Temporal.Instant | null;
  words: Buffer | null;
  marks: Generated<Buffer[]>;
  contested_by: string | null;
  contested_at: Temporal.Instant | null;
  cleared: string[] | null;
  barred: string | null;
  limits: string[] | null;
  bound_by: string | null;
  bound_until: Temporal.PlainDate | null;
  bound_request: string | null;
}

export interface ItemContentsTable {
  item: string;
  form: string;
  verdict: string;
  found: Buffer;
  at: Temporal.Instant;
}

export interface ItemHoldTable {
  id: string;
  item: string;
  words: Buffer | null;
  until: Temporal.PlainDate | null;
  held_at: Temporal.Instant;
  held_by: string | null;
  released_at: Temporal.Instant | null;
}

export interface ItemOpeningTable {
  id: string;
  item: string;
  account: string;
  expires_at: Temporal.Instant;
  preview_only: Generated<boolean>;
}

export interface ItemScanTable {
  item: string;
  state: string;
  found: Buffer | null;
  scanner: string;
  at: Temporal.Instant;
  mark: Buffer | null;
}

export interface JournalTable {
  id: string;
  ord: Generated<number>;
  at: Temporal.Instant;
  act: string;
  subject_kind: string;
  subject_id: string;
  seq: number;
  prev: Buffer | null;
  record: ColumnType<JsonValue, string, string>;
  salt: Buffer;
  digest: Buffer;
  leaf: number | null;
  erased: Generated<boolean>;
  words: Buffer | null;
}

export interface LedgerTable {
  id: string;
  state: string;
  stopped: ColumnType<JsonValue | null, string | null, string | null>;
  stopped_at: Temporal.Instant | null;
  forsaken: ColumnType<JsonValue, string | undefined, string>;
}

export interface LedgerAlarmTable {
  id: string;
  kind: string;
  about: string;
  detail: ColumnType<JsonValue, string, string>;
  raised_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
}

export interface LedgerCheckpointTable {
  size: number;
  root: Buffer;
  note: string;
  at: Temporal.Instant;
}

export interface LedgerConflictTable {
  id: string;
  origin: string;
  seen: string;
  shown: string;
  found_by: string;
  at: Temporal.Instant;
}

export interface LedgerCosignatureTable {
  size: number;
  vkey: string;
  peer: string;
  line: string;
  at: Temporal.Instant;
}

export interface LedgerTileTable {
  level: number;
  idx: number;
  width: number;
  bytes: Buffer;
}

export interface LedgerTokenTable {
  size: number;
  step: number;
  token: Buffer;
  is_built_in: boolean;
  at: Temporal.Instant;
  until: Temporal.Instant;
  root: Buffer | null;
  idx: number | null;
  count: number | null;
  hashes: Buffer | null;
}

export interface LetterTable {
  id: string;
  request_id: string;
  peer: string;
  act: string;
  state: string;
  at: Temporal.Instant;
  changed_at: Temporal.Instant;
  detail: string | null;
  document: Buffer;
  digest: Buffer;
}

export interface MailTable {
  id: string;
  kind: string;
  subject_kind: string | null;
  subject_id: string | null;
  once: string | null;
  sealed: Buffer | null;
  at: Temporal.Instant;
  next_at: Temporal.Instant;
  tries: Generated<number>;
  sent_at: Temporal.Instant | null;
  failed_at: Temporal.Instant | null;
  reason: string | null;
}

export interface MigrationTable {
  name: string;
  digest: string;
  at: Generated<Temporal.Instant>;
}

export interface NodeStateTable {
  key: string;
  value: ColumnType<JsonValue, string, string>;
}

export interface NoticeTable {
  id: string;
  request_id: string;
  office: string | null;
  state: string;
  way: string;
  language: string;
  person: Buffer;
  document: Buffer;
  digest: Buffer;
  prepared_by: string;
  prepared_at: Temporal.Instant;
  sent_at: Temporal.Instant | null;
  sent_by: string | null;
  reference: string | null;
  ended_on: Temporal.PlainDate | null;
  ended_by: string | null;
  proof: string | null;
}

export interface OfficeTable {
  id: string;
  organisation: string;
  name: string;
  kind: string;
  zone: string;
  language: string;
  created_at: Temporal.Instant;
  code: string | null;
}

export interface OrganisationTable {
  id: string;
  name: string;
}

export interface OutboxTable {
  id: string;
  peer: string;
  seq: number;
  subject_kind: string;
  subject_id: string;
  act: string;
  entry: string;
  body: ColumnType<JsonValue | null, string | null, string | null>;
  files: ColumnType<JsonValue | null, string | null, string | null>;
  at: Temporal.Instant;
  attempts: Generated<number>;
  next_at: Temporal.Instant;
  problem: ColumnType<JsonValue | null, string | null, string | null>;
  delivered_at: Temporal.Instant | null;
  receipt: string | null;
  words: Buffer | null;
  courier_at: Temporal.Instant | null;
  courier: string | null;
}

export interface OutboxSequenceTable {
  peer: string;
  last: Generated<number>;
}

export interface PackVersionTable {
  digest: string;
  code: string;
  version: string;
  valid_from: Temporal.PlainDate;
  zone: string;
  signed_by: string | null;
  policies: ColumnType<JsonValue, string, string>;
  first_used_at: Temporal.Instant;
}

export interface PeerTable {
  id: string;
  code: string;
  name: string;
  kind: string;
  state: string;
  entry: ColumnType<JsonValue, string, string>;
  keys: ColumnType<JsonValue, string, string>;
  digits: string;
  proposed_by: string;
  proposed_at: Temporal.Instant;
  confirmed_by: string | null;
  confirmed_at: Temporal.Instant | null;
  renewed_at: Temporal.Instant | null;
  revoked_at: Temporal.Instant | null;
  revoked_because: string | null;
}

export interface ProviderReturnTable {
  id: string;
  number: string;
  state: string;
  office: string;
  office_name: string;
  begun_by: string;
  begun_by_name: string;
  case_id: string | null;
  request_id: string | null;
  words: Buffer;
  certificate_item: string | null;
  created_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
}

export interface ProviderReturnFileTable {
  id: string;
  return: string;
  upload: string;
  is_certificate: boolean;
  bytes: number;
  words: Buffer;
  item: string | null;
}

export interface ReportTable {
  id: string;
  reference: string;
  state: string;
  category: string;
  offences: Generated<string[]>;
  priority: number;
  reasons: string[];
  channel: string;
  language: string;
  description: string | null;
  facts: ColumnType<JsonValue | null, string | null, string | null>;
  anonymous: boolean;
  received_at: Temporal.Instant;
  respond_by: Temporal.Instant | null;
  turn_at: Temporal.Instant;
  responded_at: Temporal.Instant | null;
  office: string | null;
  assignee: string | null;
  assignee_name: string | null;
  case_id: string | null;
  closed_reason: string | null;
  code: Buffer;
  sent_key: Buffer | null;
  sent_digest: Buffer | null;
  told: Buffer | null;
  district: string | null;
  age_band: string | null;
  for_whom: string | null;
  loss_minor: number | null;
  loss_currency: string | null;
  transfer_at: Temporal.Instant | null;
  campaign_id: string | null;
  folded: Generated<boolean>;
  quarantine: string | null;
  opened_at: Temporal.Instant | null;
  client_id: string | null;
  erased_at: Temporal.Instant | null;
  consent_contact: Generated<boolean>;
  consent_share: Generated<boolean>;
  consent_handover: Generated<boolean>;
  withdrawn_at: Temporal.Instant | null;
  basis: string | null;
  unopened_at: Temporal.Instant | null;
  climbed: Generated<number>;
  pattern: Buffer | null;
  emptied_by: string | null;
  peer: string | null;
  conditions: string | null;
  refound: Generated<boolean>;
}

export interface ReportContactTable {
  report_id: string;
  sealed: Buffer;
}

export interface ReportDraftTable {
  key: Buffer;
  sealed: Buffer;
  at: Temporal.Instant;
  code: Buffer | null;
  wrapped: Buffer | null;
}

export interface ReportDraftFileTable {
  blob: string;
  bytes: number;
  at: Temporal.Instant;
}

export interface ReportFileTable {
  id: string;
  report_id: string;
  at: Temporal.Instant;
  name: string;
  media: string;
  size: number;
  digest: Buffer;
  blob: string;
  kind: string | null;
  misnamed: Generated<boolean>;
  read_at: Temporal.Instant | null;
  facts: Buffer | null;
  preview: string | null;
}

export interface ReportFileScanTable {
  file: string;
  state: string;
  found: Buffer | null;
  scanner: string;
  at: Temporal.Instant;
}

export interface ReportLinkTable {
  report_id: string;
  other_id: string;
  verdict: string;
  reason: string;
  at: Temporal.Instant;
  followed_at: Temporal.Instant | null;
}

export interface ReportMessageTable {
  id: string;
  report_id: string;
  at: Temporal.Instant;
  author: string;
  body: string | null;
  sealed: Buffer | null;
}

export interface ReportObservableTable {
  report_id: string;
  type: string;
  value: string;
  key: string;
  strong: boolean;
}

export interface ReportSignatureTable {
  report_id: string;
  wording_id: number | null;
}

export interface ReportWordingTable {
  pattern: Buffer;
  hour: Temporal.Instant;
  n: number;
}

export interface RequestTable {
  id: string;
  number: string;
  case_id: string | null;
  parent_id: string | null;
  follows_id: string | null;
  side: string;
  measure: string;
  peer: string;
  data_category: string;
  urgency: string;
  state: string;
  offence: string;
  facts: string;
  necessity: string;
  proportionality: string;
  custodian: string;
  data: ColumnType<JsonValue, string, string>;
  particulars: ColumnType<JsonValue, string, string>;
  authority: ColumnType<JsonValue, string, string>;
  drafted_by: string | null;
  office: string | null;
  authorised_by: string | null;
  authorised_until: Temporal.PlainDate | null;
  executed_by: string | null;
  refusal_ground: string | null;
  created_at: Temporal.Instant;
  sent_at: Temporal.Instant | null;
  received_at: Temporal.Instant | null;
  executed_at: Temporal.Instant | null;
  document_digest: Buffer | null;
  before: ColumnType<JsonValue, string | undefined, string>;
  items: Generated<string[]>;
  basis: ColumnType<JsonValue | null, string | null, string | null>;
  basis_here: ColumnType<JsonValue | null, string | null, string | null>;
  safeguards: ColumnType<JsonValue, string | undefined, string>;
  tests: ColumnType<JsonValue | null, string | null, string | null>;
  penalty_years: number | null;
  offence_code: string | null;
  privilege: string | null;
  filter_person: string | null;
  answered: Generated<string[]>;
  period_days: number | null;
  intrusive: Generated<boolean>;
  ordered_by: string | null;
  ordered_at: Temporal.Instant | null;
  validation: string | null;
  validated_by: string | null;
  validated_at: Temporal.Instant | null;
  notification: string | null;
  notified_at: Temporal.Instant | null;
  halts: Generated<string[]>;
  article: Generated<string>;
  terms: ColumnType<JsonValue, string | undefined, string>;
  terms_version: Generated<number>;
  terms_state: string | null;
  missing: ColumnType<JsonValue, string | undefined, string>;
  asked: ColumnType<JsonValue | null, string | null, string | null>;
  amendment: ColumnType<JsonValue | null, string | null, string | null>;
  amended_by: string | null;
  amended_category: string | null;
  bundle: string | null;
  annexes: Generated<string[]>;
  translations: ColumnType<JsonValue, string | undefined, string>;
  assigned_office: string | null;
  assigned_name: string | null;
  identifying: Generated<boolean>;
}

export interface RequestDocumentTable {
  request: string;
  document: Buffer;
}

export interface RetentionTable {
  id: string;
  reference: string;
  category: string;
  state: string;
  office: string | null;
  days: number;
  source: string;
  closed_at: Temporal.Instant;
  due_at: Temporal.Instant;
  kept_by: string | null;
  kept_reason: string | null;
  suspended_at: Temporal.Instant | null;
  erased_at: Temporal.Instant | null;
  erased_by: string | null;
}

export interface SavedViewTable {
  id: string;
  account: string;
  name: string;
  filters: string;
  created_at: Temporal.Instant;
  list: Generated<string>;
}

export interface SessionTable {
  id: string;
  token: Buffer;
  previous: Buffer | null;
  rotated_at: Temporal.Instant;
  account: string;
  device: string;
  created_at: Temporal.Instant;
  used_at: Temporal.Instant;
  stepped_up_at: Temporal.Instant | null;
  ended_at: Temporal.Instant | null;
}

export interface ShiftTable {
  id: string;
  office: string;
  account: string;
  starts_at: Temporal.Instant;
  ends_at: Temporal.Instant;
  state: string;
  planned_by: string;
  begun_at: Temporal.Instant | null;
  words: Buffer | null;
  next_account: string | null;
  handed_at: Temporal.Instant | null;
  signed_at: Temporal.Instant | null;
  signed_by: string | null;
}

export interface StatisticsCellTable {
  release_id: string;
  indicator: string;
  measure: string;
  keys: string[];
  value: number | null;
}

export interface StatisticsCountedTable {
  report_id: string;
  release_id: string;
}

export interface StatisticsReleaseTable {
  id: string;
  month: string;
  state: string;
  zone: string;
  threshold: number;
  dominance: number;
  drafted_at: Temporal.Instant;
  published_at: Temporal.Instant | null;
  published_by: string | null;
  cells: number;
  withheld: number;
  digest: Buffer;
}

export interface StrategyBriefTable {
  id: string;
  month: string;
  made_at: Temporal.Instant;
  facts: ColumnType<JsonValue, string, string>;
}

export interface StrategyDocumentTable {
  brief_id: string;
  language: string;
  pdf: Buffer;
  digest: Buffer;
}

export interface SubscriptionTable {
  id: string;
  state: string;
  lookup: Buffer;
  address: Buffer;
  language: string;
  categories: Generated<string[]>;
  districts: Generated<string[]>;
  asked_at: Temporal.Instant;
  confirmed_at: Temporal.Instant | null;
}

export interface TokenTable {
  id: string;
  account: string;
  name: string;
  digest: Buffer;
  scopes: string[];
  created_at: Temporal.Instant;
  expires_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
}

export interface TransparencyReportTable {
  id: string;
  state: string;
  starts_on: Temporal.PlainDate;
  ends_on: Temporal.PlainDate;
  figures: ColumnType<JsonValue, string, string>;
  published_at: Temporal.Instant;
  published_by: string;
}

export interface TurnedAwayTable {
  day: Temporal.PlainDate;
  reason: string;
  count: number;
  last_at: Temporal.Instant;
}

export interface UnrecordedTable {
  kind: string;
  id: string;
}

export interface UploadTable {
  id: string;
  owner: string;
  key: string | null;
  bytes: number;
  name: string | null;
  media: string;
  wrapped: Buffer;
  writer: string | null;
  digest: string | null;
  created_at: Temporal.Instant;
  expires_at: Temporal.Instant;
  concat: string | null;
  hashed: Generated<number>;
  alive_at: Temporal.Instant | null;
  deferred: Generated<boolean>;
  label: Buffer | null;
  digests: Buffer | null;
  key_name: Generated<string>;
}

export interface UploadPartTable {
  upload: string;
  ordinal: number;
  object: string;
  bytes: number;
  whole: boolean;
  key: Buffer | null;
}

export interface UsedCodeTable {
  account: string;
  step: number;
}

export interface UserNoticeTable {
  request_id: string;
  delayed_until: Temporal.Instant | null;
  told_at: Temporal.Instant | null;
  told_by: string | null;
  owed_from: Temporal.Instant | null;
  due_at: Temporal.Instant | null;
}

export interface VaultFindingTable {
  id: string;
  number: Generated<number>;
  state: string;
  kind: string;
  blob: string | null;
  object: string | null;
  good: number | null;
  bytes: number;
  holders: number;
  found_at: Temporal.Instant;
  seen_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
}

export interface VaultGarbageTable {
  object: string;
  at: Temporal.Instant;
}

export interface VaultKeyTable {
  id: string;
  name: string;
  usable: string | null;
  state: string;
  made_at: Temporal.Instant;
  destroyed_at: Temporal.Instant | null;
  shredded_at: Temporal.Instant | null;
}

export interface VaultListedTable {
  object: string;
  bytes: number;
  at: Temporal.Instant;
}

export interface VaultReadingTable {
  blob: string;
  read: number;
  mark: Buffer;
}

export interface VaultRoundTable {
  id: string;
  state: string;
  asked_by: string | null;
  started_at: Temporal.Instant;
  due_at: Temporal.Instant;
  ended_at: Temporal.Instant | null;
  worked_at: Temporal.Instant;
  debt: Generated<number>;
  paused: string | null;
  blobs: number;
  bytes: number;
  blobs_done: Generated<number>;
  bytes_done: Generated<number>;
  listed_at: Temporal.Instant | null;
  objects: number | null;
}

export interface WebhookCursorTable {
  id: Generated<number>;
  leaf: number;
}

export interface WitnessedTable {
  origin: string;
  size: number;
  root: Buffer;
  note: string;
  at: Temporal.Instant;
  cosignatures: Generated<string>;
}

export interface WordingTable {
  id: Generated<number>;
  digest: Buffer;
  signature: Buffer | null;
}

export interface WordingBandTable {
  band: number;
  wording_id: number;
}

export interface WordingNearTable {
  wording_id: number;
  other_id: number;
  equal: number;
}

/** Every table of a node. */
export interface Tables {
  account: AccountTable;
  alert: AlertTable;
  alert_version: AlertVersionTable;
  answered: AnsweredTable;
  attempt: AttemptTable;
  blob: BlobTable;
  blob_wrap: BlobWrapTable;
  campaign: CampaignTable;
  campaign_apart: CampaignApartTable;
  campaign_origin: CampaignOriginTable;
  campaign_progress: CampaignProgressTable;
  case_file: CaseFileTable;
  case_note: CaseNoteTable;
  case_person: CasePersonTable;
  client: ClientTable;
  client_batch: ClientBatchTable;
  client_batch_refusal: ClientBatchRefusalTable;
  client_key: ClientKeyTable;
  client_meter: ClientMeterTable;
  client_use: ClientUseTable;
  correspondent: CorrespondentTable;
  data_request: DataRequestTable;
  deadline: DeadlineTable;
  deadline_warning: DeadlineWarningTable;
  delivery: DeliveryTable;
  digest: DigestTable;
  disclosure: DisclosureTable;
  disclosure_item: DisclosureItemTable;
  drill: DrillTable;
  emergency_use: EmergencyUseTable;
  emptying: EmptyingTable;
  endpoint: EndpointTable;
  exchange_alarm: ExchangeAlarmTable;
  exchange_key: ExchangeKeyTable;
  exhibit: ExhibitTable;
  exhibit_number: ExhibitNumberTable;
  exhibit_place: ExhibitPlaceTable;
  handover: HandoverTable;
  hash_check: HashCheckTable;
  hash_generation: HashGenerationTable;
  hash_match: HashMatchTable;
  hash_set: HashSetTable;
  hash_version: HashVersionTable;
  head_item: HeadItemTable;
  head_map: HeadMapTable;
  head_tile: HeadTileTable;
  hi1_endpoint: Hi1EndpointTable;
  hi1_message: Hi1MessageTable;
  hi1_object: Hi1ObjectTable;
  hold: HoldTable;
  hold_seen: HoldSeenTable;
  holding: HoldingTable;
  hotline_file: HotlineFileTable;
  hotline_report: HotlineReportTable;
  inbox: InboxTable;
  inbox_sequence: InboxSequenceTable;
  item: ItemTable;
  item_contents: ItemContentsTable;
  item_hold: ItemHoldTable;
  item_opening: ItemOpeningTable;
  item_scan: ItemScanTable;
  journal: JournalTable;
  ledger: LedgerTable;
  ledger_alarm: LedgerAlarmTable;
  ledger_checkpoint: LedgerCheckpointTable;
  ledger_conflict: LedgerConflictTable;
  ledger_cosignature: LedgerCosignatureTable;
  ledger_tile: LedgerTileTable;
  ledger_token: LedgerTokenTable;
  letter: LetterTable;
  mail: MailTable;
  migration: MigrationTable;
  node_state: NodeStateTable;
  notice: NoticeTable;
  office: OfficeTable;
  organisation: OrganisationTable;
  outbox: OutboxTable;
  outbox_sequence: OutboxSequenceTable;
  pack_version: PackVersionTable;
  peer: PeerTable;
  provider_return: ProviderReturnTable;
  provider_return_file: ProviderReturnFileTable;
  report: ReportTable;
  report_contact: ReportContactTable;
  report_draft: ReportDraftTable;
  report_draft_file: ReportDraftFileTable;
  report_file: ReportFileTable;
  report_file_scan: ReportFileScanTable;
  report_link: ReportLinkTable;
  report_message: ReportMessageTable;
  report_observable: ReportObservableTable;
  report_signature: ReportSignatureTable;
  report_wording: ReportWordingTable;
  request: RequestTable;
  request_document: RequestDocumentTable;
  retention: RetentionTable;
  saved_view: SavedViewTable;
  session: SessionTable;
  shift: ShiftTable;
  statistics_cell: StatisticsCellTable;
  statistics_counted: StatisticsCountedTable;
  statistics_release: StatisticsReleaseTable;
  strategy_brief: StrategyBriefTable;
  strategy_document: StrategyDocumentTable;
  subscription: SubscriptionTable;
  token: TokenTable;
  transparency_report: TransparencyReportTable;
  turned_away: TurnedAwayTable;
  unrecorded: UnrecordedTable;
  upload: UploadTable;
  upload_part: UploadPartTable;
  used_code: UsedCodeTable;
  user_notice: UserNoticeTable;
  vault_finding: VaultFindingTable;
  vault_garbage: VaultGarbageTable;
  vault_key: VaultKeyTable;
  vault_listed: VaultListedTable;
  vault_reading: VaultReadingTable;
  vault_round: VaultRoundTable;
  webhook_cursor: WebhookCursorTable;
  witnessed: WitnessedTable;
  wording: WordingTable;
  wording_band: WordingBandTable;
  wording_near: WordingNearTable;
}
