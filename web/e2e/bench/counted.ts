//! A wire that counts what the server sends through it: pages, scripts, sockets and what the service worker fetches, with all headers.
import { connect, createServer, type Server as Listener, type Socket } from "node:net";

export class CountedWire {
  readonly port: number;
  readonly #listener: Listener;
  readonly #sockets: Set<Socket>;
  bytes = 0;

  private constructor(listener: Listener, port: number, sockets: Set<Socket>) {
    this.#listener = listener;
    this.port = port;
    this.#sockets = sockets;
  }

  static async to(target: number): Promise<CountedWire> {
    const sockets = new Set<Socket>();
    const listener = createServer(client => {
      const server = connect(target, "127.0.0.1");
      server.on("data", bytes => {
        wire.bytes += bytes.length;
      });
      client.pipe(server).pipe(client);
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        one.setNoDelay(true);
        sockets.add(one);
        // Whoever breaks off is followed by `close`.
        one.on("error", () => undefined);
        one.on("close", () => {
          sockets.delete(one);
          other.destroy();
        });
      }
    });
    await new Promise<void>(resolve => listener.listen(0, "127.0.0.1", resolve));
    const address = listener.address();
    if (typeof address !== "object" || !address) throw new Error("the counted wire has no port");
    const wire = new CountedWire(listener, address.port, sockets);
    return wire;
  }

  close(): void {
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
