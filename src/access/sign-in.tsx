import { z } from "zod";
import { Refusal } from "../kernel/errors.ts";
import { type RouteAnswer, type RouteCall, route } from "../kernel/page.ts";
import { perform } from "../kernel/pipeline.ts";
import { refusalFrom, statusOf } from "../kernel/problem.ts";
import { passwordSchema } from "./account.ts";
import { endSession } from "./acts.ts";
import { base32, enrolmentUri } from "./one-time-code.ts";
import { pendingAccount, pendingMark } from "./pending.ts";
import { type Invited, checkPassword, deviceMark, openInvitation, signIn, takeUp } from "./presence.ts";
import { cookieForm, cookieName, setSessionCookie } from "./session.ts";
import { ChoosePage, CodePage, InvitationPage, SignInPage, type Wrong } from "./sign-in-pages.tsx";

const PENDING_COOKIE = "sign-in";
const DEVICE_COOKIE = "device";
const DEVICE_SECONDS = 180 * 24 * 3_600;

const text = (max: number) => z.string().max(max).catch("");
const bodySchema = z.object({
  username: text(200),
  password: text(1_000),
  code: text(100),
  to: text(2_000),
  confirmation: text(20),
});
/** What the form holds; a field that is missing or no text is empty. */
const bodyOf = ({ body }: RouteCall) => bodySchema.parse(typeof body === "object" && body !== null ? body : {});

/** An address of this desk; the start page for everything else, so that signing in can't lead elsewhere. */
export function ownAddress(to: string | undefined): string {
  if (to === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(to) || to.includes("\\") || to.startsWith("/sign-in"))
    return "/";
  return to;
}

/** Marks of browsers and systems in the order in which they must be looked for: Edge calls itself Chrome and Safari too. */
const BROWSERS = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"]] as const; // prettier-ignore
const SYSTEMS = [["iPhone", "iPhone"], ["iPad", "iPad"], ["Android", "Android"], ["Windows", "Windows"], ["Mac OS X", "macOS"], ["Linux", "Linux"]] as const; // prettier-ignore

/** What kind of browser this is, in a few words, to recognise one's own sessions by. */
export function deviceName(agent = ""): string {
  const words = [BROWSERS, SYSTEMS].flatMap((marks) => marks.find(([mark]) => agent.includes(mark))?.[1] ?? []);
  return words.length > 0 ? words.join(", ") : "–";
}

const whence = ({ request }: RouteCall) => ({ address: request.ip, device: request.cookies[DEVICE_COOKIE] });

/** The refusal of a step, for its page; a bug goes on as one. */
function refused(error: unknown): Refusal {
  const refusal = refusalFrom(error);
  if (!refusal) throw error;
  return refusal;
}
/** The status of a page that is shown again. A wrong password is no call without a session, so 401 would be the wrong word. */
const again = (refusal: Refusal): number => (refusal.code === "not-signed-in" ? 422 : statusOf(refusal));

const showSignIn = async ({ actor, query }: RouteCall): Promise<RouteAnswer> =>
  actor.kind === "officer"
    ? { redirect: ownAddress(query["to"]) }
    : { page: <SignInPage to={ownAddress(query["to"])} welcome={query["done"] === "invitation"} /> };

async function takePassword(call: RouteCall): Promise<RouteAnswer> {
  const { node, reply } = call;
  const { username, password, to } = bodyOf(call);
  try {
    const account = await checkPassword(node, { username, password }, whence(call));
    reply.setCookie(PENDING_COOKIE, pendingMark(node, account), { ...cookieForm(node), path: "/sign-in", maxAge: 300 });
    return { redirect: `/sign-in/code?to=${encodeURIComponent(ownAddress(to))}` };
  } catch (error) {
    const refusal = refused(error);
    return {
      page: <SignInPage to={ownAddress(to)} username={username} wrong={{ refusal, field: "username" }} />,
      status: again(refusal),
    };
  }
}

const showCode = async ({ node, request, query }: RouteCall): Promise<RouteAnswer> =>
  pendingAccount(node, request.cookies[PENDING_COOKIE]) === undefined
    ? { redirect: `/sign-in?to=${encodeURIComponent(ownAddress(query["to"]))}` }
    : { page: <CodePage to={ownAddress(query["to"])} /> };

async function takeCode(call: RouteCall): Promise<RouteAnswer> {
  const { node, request, reply } = call;
  const { code, to } = bodyOf(call);
  const account = pendingAccount(node, request.cookies[PENDING_COOKIE]);
  if (account === undefined)
    return {
      page: <SignInPage to={ownAddress(to)} wrong={{ refusal: new Refusal("not-signed-in", "sign-in-lapsed") }} />,
      status: 422,
    };
  try {
    const entered = await signIn(node, { account, code, device: deviceName(request.headers["user-agent"]) });
    if (!entered) throw new Refusal("not-signed-in", "sign-in-code-wrong");
    reply.clearCookie(PENDING_COOKIE, { ...cookieForm(node), path: "/sign-in" });
    reply.setCookie(DEVICE_COOKIE, deviceMark(node, account), {
      ...cookieForm(node),
      path: "/sign-in",
      maxAge: DEVICE_SECONDS,
    });
    setSessionCookie(node, reply, entered.secret);
    return { redirect: ownAddress(to) };
  } catch (error) {
    const refusal = refused(error);
    return { page: <CodePage to={ownAddress(to)} wrong={{ refusal, field: "code" }} />, status: again(refusal) };
  }
}

async function signOut({ node, actor, reply }: RouteCall): Promise<RouteAnswer> {
  if (actor.kind === "officer" && actor.via === "session")
    await perform({ node, actor, act: endSession, id: actor.credential, input: {} });
  reply.clearCookie(cookieName(node), cookieForm(node));
  return { redirect: "/sign-in" };
}

const showInvitation = async ({ query }: RouteCall): Promise<RouteAnswer> => ({
  page: <InvitationPage username={query["username"] ?? ""} />,
});

async function choosePage({ node }: RouteCall, invited: Invited, code: string, wrong?: Wrong) {
  const uri = enrolmentUri(invited.secret, { issuer: `Comity ${node.name}`, username: invited.username });
  const { default: qrcode } = await import("qrcode");
  const picture = await qrcode.toDataURL(uri, { margin: 1, width: 400, errorCorrectionLevel: "M" });
  const key = (base32(invited.secret).match(/.{4}/g) ?? []).join(" ");
  return (
    <ChoosePage
      username={invited.username}
      name={invited.name}
      code={code}
      picture={picture}
      secret={key}
      {...(wrong ? { wrong } : {})}
    />
  );
}

async function takeInvitation(call: RouteCall): Promise<RouteAnswer> {
  const { username, code } = bodyOf(call);
  try {
    return { page: await choosePage(call, await openInvitation(call.node, { username, code }, whence(call)), code) };
  } catch (error) {
    const refusal = refused(error);
    return {
      page: <InvitationPage username={username} code={code} wrong={{ refusal, field: "code" }} />,
      status: again(refusal),
    };
  }
}

async function acceptInvitation(call: RouteCall): Promise<RouteAnswer> {
  const { username, code, password, confirmation } = bodyOf(call);
  try {
    const invited = await openInvitation(call.node, { username, code }, whence(call));
    const wrong = async (key: string, field: string): Promise<RouteAnswer> => ({
      page: await choosePage(call, invited, code, { refusal: new Refusal("invalid", key), field }),
      status: 422,
    });
    if (!passwordSchema.safeParse(password).success) return await wrong("password-short", "password");
    if (!(await takeUp(call.node, invited, { password, code: confirmation })))
      return await wrong("invitation-code-wrong", "confirmation");
    return { redirect: "/sign-in?done=invitation" };
  } catch (error) {
    const refusal = refused(error);
    return {
      page: <InvitationPage username={username} code={code} wrong={{ refusal, field: "code" }} />,
      status: again(refusal),
    };
  }
}

const open = { role: "desk", access: "public" } as const;
/** Coming in and going out. */
export const signInRoutes = [
  route({ ...open, method: "GET", path: "/sign-in", handle: showSignIn }),
  route({ ...open, method: "POST", path: "/sign-in", handle: takePassword }),
  route({ ...open, method: "GET", path: "/sign-in/code", handle: showCode }),
  route({ ...open, method: "POST", path: "/sign-in/code", handle: takeCode }),
  route({ ...open, method: "POST", path: "/sign-out", handle: signOut }),
  route({ ...open, method: "GET", path: "/invitation", handle: showInvitation }),
  route({ ...open, method: "POST", path: "/invitation", handle: takeInvitation }),
  route({ ...open, method: "POST", path: "/invitation/accept", handle: acceptInvitation }),
];
