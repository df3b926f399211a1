import { createServer, type Server } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";

/** A message as the server took it. */
export interface Taken {
  readonly to: readonly string[];
  readonly raw: string;
  readonly mail: Email;
}

/** What the server does with the next message; it takes what nothing is said of. */
type Manner = "take" | "refuse" | "later" | "hang-up";

/** A real mail server on a port of its own, and what came to it. */
export async function mailServer(): Promise<{
  readonly url: string;
  readonly taken: Taken[];
  /** How the next messages are met, in this order. */
  readonly meet: (...manners: readonly Manner[]) => void;
  readonly close: () => Promise<void>;
}> {
  const taken: Taken[] = [];
  const manners: Manner[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    logger: false,
    onRcptTo: (_address, _session, done) => {
      if (manners[0] !== "refuse") return done();
      manners.shift();
      done(Object.assign(new Error("no such person"), { responseCode: 550 }));
    },
    onData: (stream, session, done) => {
      const manner = manners.shift() ?? "take";
      if (manner === "hang-up") {
        const { _socket: socket } = stream as unknown as { _socket?: { destroy: () => void } };
        for (const each of server.connections as Set<{ id: string; _socket: { destroy: () => void } }>)
          if (each.id === session.id) each._socket.destroy();
        socket?.destroy();
        return;
      }
      const pieces: Buffer[] = [];
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        if (manner === "later") return done(Object.assign(new Error("greylisted"), { responseCode: 451 }));
        const raw = Buffer.concat(pieces).toString("utf8");
        void PostalMime.parse(raw).then((mail) => {
          taken.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw, mail });
          done();
        });
      });
    },
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    taken,
    meet: (...next) => manners.push(...next),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A server that takes the connection and then says nothing. */
export async function silentServer(): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const sockets = new Set<{ destroy: () => void }>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
