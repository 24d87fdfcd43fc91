import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Lets what listens on this machine's loopback interface be reached at another address, as long as it is open. */
export interface Door {
  readonly port: number;
  /** Ends all that goes through, and lets nobody in. */
  shut(): Promise<void>;
  /** At the same port as before. */
  open(): Promise<void>;
}

/** @param host address of this machine @param to port of 127.0.0.1 */
export async function openDoor(host: string, to: number): Promise<Door> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  };
  let server: Server | null = null;
  const open = async (port: number): Promise<number> => {
    server = createServer((outside) => {
      const inside = connect(to, "127.0.0.1");
      for (const socket of [outside, inside]) track(socket);
      outside.pipe(inside).pipe(outside);
      outside.on("close", () => inside.destroy());
      inside.on("close", () => outside.destroy());
    }).listen(port, host);
    await once(server, "listening");
    return (server.address() as { port: number }).port;
  };
  const port = await open(0);
  return {
    port,
    open: async () => {
      await open(port);
    },
    shut: async () => {
      if (server === null) return;
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
      server = null;
    },
  };
}
