import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { HolderFault, type KeyHolder } from "./key-holder.ts";

/** How a token is reached. */
export interface Pkcs11Settings {
  /** Shared library of the token's maker. */
  readonly module: string;
  /** The token's label. */
  readonly token: string;
  readonly pin: string;
  /** What every key's label begins with. */
  readonly prefix: string;
}

type Handle = Buffer;
interface Attribute {
  readonly type: number;
  readonly value: number | boolean | string;
}
interface Mechanism {
  readonly mechanism: number;
  readonly parameter: unknown;
}
/** What is used of `pkcs11js`, which is there only where somebody has built it. */
interface Module {
  load(path: string): void;
  C_Initialize(): void;
  C_Finalize(): void;
  C_GetSlotList(present: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { readonly label: string };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, user: number, pin: string): void;
  C_GenerateKey(session: Handle, mechanism: Mechanism, template: readonly Attribute[]): Handle;
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
  C_FindObjects(session: Handle, most: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_DestroyObject(session: Handle, object: Handle): void;
  C_EncryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_EncryptAsync(session: Handle, plain: Buffer, room: Buffer): Promise<Buffer>;
  C_DecryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_DecryptAsync(session: Handle, sealed: Buffer, room: Buffer): Promise<Buffer>;
}
type Binding = { readonly PKCS11: new () => Module } & Readonly<Record<string, number>>;

const BINDING: string = "pkcs11js";
/** The binding, where it is installed and built. */
function binding(): Binding {
  try {
    return createRequire(import.meta.url)(BINDING) as Binding;
  } catch {
    throw new HolderFault(
      "the binding to PKCS#11 is not built: run `npm run pkcs11` in the program's folder (it needs a C++ compiler and make)",
    );
  }
}

/** True where the binding is there. */
export function hasPkcs11(): boolean {
  try {
    return binding().PKCS11 !== undefined;
  } catch {
    return false;
  }
}

const IV_BYTES = 12;
const TAG_BITS = 128;
const KEY_BYTES = 32;
const ROOM_BYTES = 256;

/** Faults after which the session, or the token, has to be opened anew. */
const LOST = /CKR_(SESSION_|DEVICE_|TOKEN_NOT|USER_NOT_LOGGED|CRYPTOKI_NOT|OBJECT_HANDLE|KEY_HANDLE|SLOT_ID)/;
const saysOf = (error: unknown): string => (error instanceof Error ? error.message.slice(0, 120) : "unknown");

interface Session {
  readonly module: Module;
  readonly handle: Handle;
}

/** A library may be initialised once in a process; whoever comes next shares it. */
const loaded = new Map<string, Module>();
function moduleAt(path: string): Module {
  const known = loaded.get(path);
  if (known) return known;
  const module = new (binding().PKCS11)();
  try {
    module.load(path);
  } catch (error) {
    throw new HolderFault(`${path} (COMITY_PKCS11_MODULE) can't be loaded: ${saysOf(error)}`);
  }
  try {
    module.C_Initialize();
  } catch (error) {
    if (!saysOf(error).includes("ALREADY_INITIALIZED"))
      throw new HolderFault(`${path} (COMITY_PKCS11_MODULE) does not begin to work: ${saysOf(error)}`);
  }
  loaded.set(path, module);
  return module;
}

function openSession({ module: path, token, pin }: Pkcs11Settings): Session {
  const p = binding();
  const module = moduleAt(path);
  const slots = module.C_GetSlotList(true);
  const labels = slots.map((slot) => module.C_GetTokenInfo(slot).label.trim());
  const slot = slots[labels.indexOf(token)];
  if (!slot)
    throw new HolderFault(
      `there is no token ${token} (COMITY_PKCS11_TOKEN); there are: ${labels.filter(Boolean).join(", ") || "none"}`,
    );
  const handle = module.C_OpenSession(slot, (p["CKF_RW_SESSION"] ?? 2) | (p["CKF_SERIAL_SESSION"] ?? 4));
  try {
    module.C_Login(handle, p["CKU_USER"] ?? 1, pin);
  } catch (error) {
    if (!saysOf(error).includes("ALREADY_LOGGED_IN")) {
      module.C_CloseSession(handle);
      throw new HolderFault(`the token ${token} does not take the PIN (COMITY_PKCS11_PIN_FILE): ${saysOf(error)}`);
    }
  }
  return { module, handle };
}

/**
 * Keys in a token: AES-256, made in it, never leaving it. Data keys are wrapped by AES-GCM inside of the token, under a fresh nonce of ours, with
 * the context as additional data.
 *
 * @source PKCS #11 v3.1 §6.13.3
 */
export async function openToken(settings: Pkcs11Settings): Promise<KeyHolder> {
  const p = binding();
  const at = (name: string): number => {
    const value = p[name];
    if (typeof value !== "number") throw new HolderFault(`the binding to PKCS#11 does not know ${name}`);
    return value;
  };
  let session: Session | undefined = openSession(settings);
  const handles = new Map<string, Handle>();
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: a session has one operation at a time. A session that was lost is opened once more. */
  function inTurn<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const turn = last
      .catch(() => undefined)
      .then(async () => {
        for (let tries = 0; ; tries += 1) {
          try {
            session ??= openSession(settings);
            return await work(session);
          } catch (error) {
            if (error instanceof HolderFault) throw error;
            if (tries > 0 || !LOST.test(saysOf(error)))
              throw new HolderFault(`the token ${settings.token}: ${saysOf(error)}`);
            handles.clear();
            session = undefined;
          }
        }
      });
    last = turn;
    return turn;
  }

  const find = ({ module, handle }: Session, label: string): Handle | undefined => {
    const template = [
      { type: at("CKA_CLASS"), value: at("CKO_SECRET_KEY") },
      { type: at("CKA_LABEL"), value: label },
    ];
    module.C_FindObjectsInit(handle, template);
    try {
      return module.C_FindObjects(handle, 1)[0];
    } finally {
      module.C_FindObjectsFinal(handle);
    }
  };
  const keyOf = (open: Session, label: string): Handle => {
    const found = handles.get(label) ?? find(open, label);
    if (!found)
      throw new HolderFault(
        `the token ${settings.token} has no key ${label}: what is wrapped under it can't be read without it`,
      );
    handles.set(label, found);
    return found;
  };
  const gcm = (iv: Buffer, context: string): Mechanism => ({
    mechanism: at("CKM_AES_GCM"),
    parameter: {
      type: at("CK_PARAMS_AES_GCM"),
      iv,
      ivBits: IV_BYTES * 8,
      aad: Buffer.from(context),
      tagBits: TAG_BITS,
    },
  });

  return {
    kind: "pkcs11",
    make: () =>
      inTurn(async ({ module, handle }) => {
        const label = `${settings.prefix}-${randomBytes(8).toString("hex")}`;
        const flags = ["TOKEN", "PRIVATE", "SENSITIVE", "ENCRYPT", "DECRYPT"].map((name) => ({
          type: at(`CKA_${name}`),
          value: true,
        }));
        const made = module.C_GenerateKey(handle, { mechanism: at("CKM_AES_KEY_GEN"), parameter: null }, [
          { type: at("CKA_CLASS"), value: at("CKO_SECRET_KEY") },
          ...flags,
          { type: at("CKA_EXTRACTABLE"), value: false },
          { type: at("CKA_VALUE_LEN"), value: KEY_BYTES },
          { type: at("CKA_LABEL"), value: label },
        ]);
        handles.set(label, made);
        return label;
      }),
    wrap: (label, dataKey, context) =>
      inTurn(async (open) => {
        const iv = randomBytes(IV_BYTES);
        open.module.C_EncryptInit(open.handle, gcm(iv, context), keyOf(open, label));
        return Buffer.concat([iv, await open.module.C_EncryptAsync(open.handle, dataKey, Buffer.alloc(ROOM_BYTES))]);
      }),
    unwrap: (label, wrapped, context) =>
      inTurn(async (open) => {
        open.module.C_DecryptInit(open.handle, gcm(wrapped.subarray(0, IV_BYTES), context), keyOf(open, label));
        return open.module.C_DecryptAsync(
          open.handle,
          Buffer.from(wrapped.subarray(IV_BYTES)),
          Buffer.alloc(ROOM_BYTES),
        );
      }),
    destroy: (label) =>
      inTurn(async (open) => {
        const found = find(open, label);
        handles.delete(label);
        if (found) open.module.C_DestroyObject(open.handle, found);
      }),
    // The library stays as it is: others of this process may use it.
    close: () =>
      inTurn(async (open) => {
        open.module.C_CloseSession(open.handle);
        session = undefined;
        handles.clear();
      }).catch(() => undefined),
  };
}
