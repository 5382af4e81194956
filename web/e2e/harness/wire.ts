//! The network between one client and the server: a TCP proxy that can be cut, stalled, muted and mended.
import { connect, createServer, type Server as Listener, type Socket } from "node:net";

type State = "open" | "cut" | "stalled" | "muted" | "pages_only" | "sockets_unheard";

/** Nothing comes down. */
const SILENT: readonly State[] = ["cut", "stalled", "muted"];

/** How a connection begins that is to be a WebSocket. */
const SOCKET = Buffer.from("GET /sync ");

/** One client's wire. Its port is that client's own origin, so that cutting it is the client's loss alone. */
export class Wire {
  readonly port: number;
  /** By what name browsers call it: an address of this machine, or a name under `localhost`, which they know without asking anybody. */
  readonly host: string;
  readonly #target: number;
  readonly #listener: Listener;
  readonly #sockets = new Set<Socket>();
  #state: State = "open";
  /** Of the next answers to requests that begin so, how many bytes pass; and the connection whose answer is held back. */
  #holding: { request: Buffer; after: number[] } = { request: Buffer.of(), after: [] };
  #held: Socket | null = null;

  private constructor(listener: Listener, port: number, target: number, host: string) {
    this.#listener = listener;
    this.port = port;
    this.host = host;
    this.#target = target;
    listener.on("connection", client => this.#carry(client));
  }

  static async to(target: number, host = "127.0.0.1"): Promise<Wire> {
    const listener = createServer();
    const port = await listen(listener, 0);
    return new Wire(listener, port, target, host);
  }

  get origin(): string {
    return `http://${this.host}:${this.port}`;
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

  /** The middlebox that means well: what WebSockets send up is taken and lost; what comes down by them arrives, and so does all else. */
  losesWhatSocketsSend(): Promise<void> {
    return this.#becomes("sockets_unheard");
  }

  /** Of the answer to the next request that begins so, that many bytes pass and no more; of the one after it the next number, and so on. */
  holdsBack(request: string, ...after: number[]): void {
    this.#holding = { request: Buffer.from(request), after };
  }

  /** The connection breaks whose answer is held back. */
  breaksHeld(): void {
    if (!this.#held) throw new Error("no answer is held back");
    this.#held.destroy();
    this.#held = null;
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
    let isSocket = false;
    let left = Number.POSITIVE_INFINITY;
    client.on("data", bytes => {
      const { request, after } = this.#holding;
      if (after.length > 0 && bytes.subarray(0, request.length).equals(request)) left = after.shift() ?? left;
      const isLost = this.#state === "stalled" || (this.#state === "sockets_unheard" && isSocket);
      isSocket ||= bytes.subarray(0, SOCKET.length).equals(SOCKET);
      if (this.#state === "pages_only" && isSocket) client.destroy();
      else if (!isLost) server.write(bytes);
    });
    server.on("data", bytes => {
      if (SILENT.includes(this.#state) || left === 0) return;
      client.write(bytes.length < left ? bytes : bytes.subarray(0, left));
      left = Math.max(0, left - bytes.length);
      if (left === 0) this.#held = client;
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
