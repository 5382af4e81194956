/** The package that wasm-bindgen writes from client-wasm. Everything crosses as JSON text. */
declare module "landfall-wasm/landfall.js" {
  export default function init(from: { module_or_path: string }): Promise<unknown>;
  export class Client {
    static open(options: string): Promise<Client>;
    submit(command: string): string;
    saved(id: string): Promise<void>;
    settled(id: string): Promise<string>;
    submit_many(commands: string): string;
    query(query: string): string;
    subscribe(query: string, callback: (patch: string) => void): number;
    resubscribe(subscription: number, query: string): void;
    unsubscribe(subscription: number): void;
    status(): string;
    on_status(callback: (status: string) => void): void;
    on_notice(callback: (notice: string) => void): void;
    outbox(): string;
    on_outbox(callback: (entries: string) => void): void;
    off_outbox(): void;
    rejections(): string;
    on_rejections(callback: (entries: string) => void): void;
    take_back(id: string): boolean;
    ask_now(): void;
    undo(id: string): string | null | undefined;
    export_outbox(part: (text: string) => void): Promise<void>;
    import_outbox(): Promise<string>;
    begin_file(bytes: number): void;
    add_to_file(piece: string): void;
    recognize_file(name: string): Promise<string>;
    mint(): string;
    rank_between(place: string): string;
    describe_records(records: string): string;
    plan_import(format: string, options: string, progress: (share: string) => void): Promise<string>;
    cancel_plan(): void;
    cancel_import(): void;
    run_import(progress: (progress: string) => void): Promise<void>;
    today(date: string): void;
    close(): Promise<void>;
  }
}

declare module "landfall-wasm/landfall_bg.wasm?url" {
  const url: string;
  export default url;
}
