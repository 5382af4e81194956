//! The network between one client and the server: a TCP proxy that can be cut, stalled, muted and mended.
import { connect, createServer, type Server as Listener, type Socket } from "node:net";

type State = "open" | "cut" | "stalled" | "muted" | "pages_only";

/** How a connection begins that is to be a WebSocket. */
const SOCKET = Buffer.from("GET /sync ");

/** One client's wire. Its port is that client's own origin, so that cutting it is the client's loss alone. */
export class Wire {
  readonly port: number;
  readonly #target: number;
  readonly #listener: Listener;
  readonly #sockets = new Set<Socket>();
  #state: State = "open";

  private constructor(listener: Listener, port: number, target: number) {
    this.#listener = listener;
    this.port = port;
    this.#target = target;
    listener.on("connection", client => this.#carry(client));
  }

  static async to(target: number): Promise<Wire> {
    const listener = createServer();
    const port = await listen(listener, 0);
    return new Wire(listener, port, target);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The cable is out: open connections break, new ones are refused. */
  async cut(): Promise<void> {
    if (this.#state === "cut") return;
    this.#state = "cut";
    const closed = new Promise(resolve => this.#listener.close(resolve));
    this.#breakAll();
    await closed;
  }

  /** The radio shadow: connections are there, and nothing arrives, in either direction. */
  stall(): Promise<void> {
    return this.#becomes("stalled");
  }

  /** What the client says still arrives; what the server answers is lost. */
  mute(): Promise<void> {
    return this.#becomes("muted");
  }

  /** The guest network of a hotel: pages come, WebSockets do not. */
  async carryPagesOnly(): Promise<void> {
    this.#breakAll();
    await this.#becomes("pages_only");
  }

  /** All is well again. Connections that lost bytes break, as they would. */
  async mend(): Promise<void> {
    if (this.#state !== "open") this.#breakAll();
    await this.#becomes("open");
  }

  async #becomes(state: State): Promise<void> {
    const wasCut = this.#state === "cut";
    this.#state = state;
    if (wasCut) await listen(this.#listener, this.port);
  }

  #breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #carry(client: Socket): void {
    const server = connect(this.#target, "127.0.0.1");
    client.setNoDelay(true);
    server.setNoDelay(true);
    client.on("data", bytes => {
      if (this.#state === "pages_only" && bytes.subarray(0, SOCKET.length).equals(SOCKET)) client.destroy();
      else if (this.#state !== "stalled") server.write(bytes);
    });
    server.on("data", bytes => {
      if (this.#state === "open" || this.#state === "pages_only") client.write(bytes);
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on("end", () => other.end());
      // A broken connection is what these tests are about: `close` follows, and says it to the other side.
      one.on("error", () => undefined);
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}

function listen(listener: Listener, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(port, "127.0.0.1", () => {
      listener.off("error", reject);
      const address = listener.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}
