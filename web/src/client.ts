//! The engine as the page sees it: the wasm package with types, and live queries as Solid stores.
import init, { Client } from "landfall-wasm/landfall.js";
import wasmUrl from "landfall-wasm/landfall_bg.wasm?url";
import { type Accessor, batch, createEffect, createSignal, on, onCleanup } from "solid-js";
import { createStore, produce, reconcile } from "solid-js/store";
import type {
  BoardHead,
  ColumnHead,
  Command,
  ImportFormat,
  ImportPlan,
  ImportProgress,
  IntentsHead,
  ListHead,
  Notice,
  OutboxEntry,
  Query,
  RecordLine,
  RejectionEntry,
  Settled,
  Status,
  TaskCard,
  TaskDetail,
  Told,
  WorkspaceHead,
} from "./types";

/** What a query of each kind is answered with: one head, and rows by key. */
export type Answers = {
  workspace: { head: WorkspaceHead; row: never };
  board: { head: BoardHead; row: never };
  column: { head: ColumnHead; row: TaskCard };
  list: { head: ListHead; row: TaskCard };
  task: { head: TaskDetail | null; row: never };
  intents: { head: IntentsHead; row: never };
  search: { head: { total: number }; row: TaskCard };
};
export type Kind = keyof Answers;
type QueryOf<K extends Kind> = Extract<Query, Record<K, unknown>>[K];
type Patch = { head?: unknown; order?: string[]; rows?: Record<string, unknown>; partial?: boolean };

/** What a live query shows at the moment. Reading inside JSX or an effect subscribes to just what was read. */
export interface Live<K extends Kind> {
  /** The head; undefined before there is a query. */
  head(): Answers[K]["head"] | undefined;
  /** Keys of the rows, in order. */
  order(): readonly string[];
  /** The row with this key. */
  row(key: string): Answers[K]["row"] | undefined;
  /** True while more may still be found: a long search, filter or grouping is answered as it goes on. */
  partial(): boolean;
}

/** Where a task is to be put in a column, or a column on a board: before another one, or at the end. */
export type Place =
  | { column: string; before: string | null; moving: string | null }
  | { board: string; before: string | null; moving: string | null };
/** What the page must know to open a log. */
export type OpenOptions = { log: string; actor: string; server?: string[]; two_routes?: boolean; device?: string };

/** Files cross into the engine in pieces of so many bytes, so that no call takes long. */
const PIECE_BYTES = 256 * 1024;

let loaded: Promise<unknown> | undefined;

/** One open log. All methods are synchronous unless they return a promise, and none of them waits for the network. */
export class Landfall {
  readonly status: Accessor<Status>;
  readonly rejections: Accessor<readonly RejectionEntry[]>;
  #engine: Client;
  #notices = new Set<(notice: Notice) => void>();
  #outbox: Accessor<readonly OutboxEntry[]>;
  #setOutbox: (text: string) => void;
  #outboxFollowers = 0;

  private constructor(engine: Client) {
    this.#engine = engine;
    const [status, setStatus] = createStore<{ now: Status }>({ now: JSON.parse(engine.status()) });
    engine.on_status(text => setStatus("now", reconcile(JSON.parse(text) as Status)));
    this.status = () => status.now;
    const [outbox, setOutbox] = createStore<{ entries: OutboxEntry[] }>({ entries: [] });
    this.#setOutbox = text => setOutbox("entries", reconcile(JSON.parse(text) as OutboxEntry[], { key: "id" }));
    this.#outbox = () => outbox.entries;
    const [rejections, setRejections] = createStore<{ entries: RejectionEntry[] }>({
      entries: JSON.parse(engine.rejections()),
    });
    engine.on_rejections(text =>
      setRejections("entries", reconcile(JSON.parse(text) as RejectionEntry[], { key: "id" })),
    );
    this.rejections = () => rejections.entries;
    engine.on_notice(text => {
      const notice = JSON.parse(text) as Notice;
      for (const listener of this.#notices) listener(notice);
    });
  }

  /** Loads the wasm once and opens a log. Resolves without the network, and also when storage is broken: the status says so. */
  static async open(options: OpenOptions): Promise<Landfall> {
    loaded ??= init({ module_or_path: wasmUrl });
    await loaded;
    return new Landfall(await Client.open(JSON.stringify(options)));
  }

  /** Does it, here and now. What the view refuses at once is told and never saved. */
  submit(command: Command): Told {
    return JSON.parse(this.#engine.submit(JSON.stringify(command)));
  }

  submitMany(commands: Command[]): Told[] {
    return JSON.parse(this.#engine.submit_many(JSON.stringify(commands)));
  }

  /** Resolves when the command is durable on this device. */
  saved(id: string): Promise<void> {
    return this.#engine.saved(id);
  }

  /** Resolves when the server has answered; that may take days. */
  async settled(id: string): Promise<Settled> {
    return JSON.parse(await this.#engine.settled(id));
  }

  /** A single answer, without a subscription; what needs a look at very many tasks is answered in part. */
  query<K extends Kind>(kind: K, query: QueryOf<K>): { head: Answers[K]["head"]; rows: readonly Answers[K]["row"][] } {
    return JSON.parse(this.#engine.query(JSON.stringify({ [kind]: query })));
  }

  /** Follows a query for the life of the owner; when `query` changes, the same subscription is pointed elsewhere. */
  live<K extends Kind>(kind: K, query: () => QueryOf<K> | null | undefined): Live<K> {
    type Row = Answers[K]["row"];
    const [store, setStore] = createStore<{ head: unknown; rows: Record<string, object> }>({
      head: undefined,
      rows: {},
    });
    const [order, setOrder] = createSignal<readonly string[]>([]);
    const [partial, setPartial] = createSignal(false);
    let subscription: number | undefined;

    const apply = (patch: Patch) => {
      if (patch.partial !== undefined) setPartial(patch.partial);
      if (patch.head !== undefined) setStore("head", reconcile(patch.head, { key: "id" }));
      const rows = patch.rows;
      if (rows) {
        setStore(
          "rows",
          produce(known => {
            for (const key in rows) if (!(key in known)) known[key] = rows[key] as object;
          }),
        );
        for (const key in rows) setStore("rows", key, reconcile(rows[key] as object));
      }
      if (patch.order) {
        const keys = patch.order;
        setOrder(keys);
        const wanted = new Set(keys);
        setStore(
          "rows",
          produce(known => {
            for (const key in known) if (!wanted.has(key)) delete known[key];
          }),
        );
      }
    };
    const receive = (text: string) => batch(() => apply(JSON.parse(text) as Patch));
    const stop = () => {
      if (subscription !== undefined) this.#engine.unsubscribe(subscription);
      subscription = undefined;
    };

    createEffect(
      on(
        () => {
          const wanted = query();
          return wanted ? JSON.stringify({ [kind]: wanted }) : null;
        },
        text => {
          if (text === null) {
            stop();
            setStore("head", undefined);
            setOrder([]);
            setPartial(false);
          } else if (subscription === undefined) {
            subscription = this.#engine.subscribe(text, receive);
          } else {
            this.#engine.resubscribe(subscription, text);
          }
        },
      ),
    );
    onCleanup(stop);

    return {
      head: () => store.head as Answers[K]["head"] | undefined,
      order,
      partial,
      row: key => store.rows[key] as Row | undefined,
    };
  }

  /** Listens to others' deeds for the life of the owner. */
  onNotice(listener: (notice: Notice) => void): void {
    this.#notices.add(listener);
    onCleanup(() => this.#notices.delete(listener));
  }

  /** What waits, and what landed lately, for the life of the owner: a list that nobody shows costs nothing. */
  followOutbox(): Accessor<readonly OutboxEntry[]> {
    if (this.#outboxFollowers++ === 0) {
      this.#setOutbox(this.#engine.outbox());
      this.#engine.on_outbox(this.#setOutbox);
    }
    onCleanup(() => {
      if (--this.#outboxFollowers === 0) this.#engine.off_outbox();
    });
    return this.#outbox;
  }

  /** Withdraws a command that has not been sent; false when it is too late. */
  takeBack(id: string): boolean {
    return this.#engine.take_back(id);
  }

  /** Connects now rather than when the next attempt is due. */
  askNow(): void {
    this.#engine.ask_now();
  }

  /** Issues the command that undoes this one, where there is one. */
  undo(id: string): Told | null {
    const told = this.#engine.undo(id);
    return told ? JSON.parse(told) : null;
  }

  /** The outbox as a file, written in slices. */
  async exportOutbox(): Promise<Blob> {
    const parts: Blob[] = [];
    await this.#engine.export_outbox(text => void parts.push(new Blob([text])));
    return new Blob(parts, { type: "application/json" });
  }

  /** Brings in an outbox that was exported, in slices. */
  async importOutbox(file: Blob): Promise<{ imported: number; known: number; problems: string[] }> {
    await this.#handOver(file);
    return JSON.parse(await this.#engine.import_outbox());
  }

  /** Gives the engine a file, a piece at a time. */
  async #handOver(file: Blob): Promise<void> {
    this.#engine.begin_file(file.size);
    const decoder = new TextDecoder();
    for (let from = 0; from < file.size; from += PIECE_BYTES) {
      const piece = await file.slice(from, from + PIECE_BYTES).arrayBuffer();
      this.#engine.add_to_file(decoder.decode(piece, { stream: true }));
    }
    this.#engine.add_to_file(decoder.decode());
  }

  /** A new id. */
  mint(): string {
    return this.#engine.mint();
  }

  rankBetween(place: Place): string {
    return this.#engine.rank_between(JSON.stringify(place));
  }

  /** Puts records that came over HTTP into words. */
  describeRecords(records: unknown[]): RecordLine[] {
    return JSON.parse(this.#engine.describe_records(JSON.stringify(records)));
  }

  /** Takes a file to import, a piece at a time. Resolves with what kind of export it is; null when it is none that is read here. */
  async readFile(file: File): Promise<ImportFormat | null> {
    await this.#handOver(file);
    return JSON.parse(await this.#engine.recognize_file(file.name));
  }

  /** Plans the import of the file that was read last, in slices. Null when another plan was asked for meanwhile, or `cancelPlan` was. */
  async planImport(
    format: ImportFormat,
    options: { board: string | null; name?: string },
    progress: (share: number) => void = () => {},
  ): Promise<ImportPlan | null> {
    const told = (share: string) => progress(Number(share));
    return JSON.parse(await this.#engine.plan_import(format, JSON.stringify(options), told));
  }

  /** Ends the plan that is being made. */
  cancelPlan(): void {
    this.#engine.cancel_plan();
  }

  /** Ends the import that runs; what was added stays. */
  cancelImport(): void {
    this.#engine.cancel_import();
  }

  runImport(progress: (progress: ImportProgress) => void): Promise<void> {
    return this.#engine.run_import(text => progress(JSON.parse(text)));
  }

  /** Tells the local date, on which "today" and "overdue" depend. */
  today(date: string): void {
    this.#engine.today(date);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}
