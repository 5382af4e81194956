//! How safely this device keeps what has not landed, and the way to carry it elsewhere: a file.
import { createSignal, type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { deviceWord } from "../app/layout";
import { Button } from "../parts/button";
import { dayOf } from "../parts/when";
import type { Status } from "../types";
import { saveFile } from "./save-file";

const megabyte = 1_000_000;

/** 1.4 MB, 2.1 GB. */
function size(bytes: number): string {
  if (bytes >= 1000 * megabyte) return `${(bytes / megabyte / 1000).toFixed(1)} GB`;
  return `${(bytes / megabyte).toFixed(bytes < 10 * megabyte ? 1 : 0)} MB`;
}

function keeping(status: Status): string {
  const { kind, persisted } = status.storage;
  if (kind === "memory") return "Only in memory: it is gone when this page closes.";
  if (kind === "failing") return "Saving fails at the moment. What you do is kept in memory until it works again.";
  if (persisted === true) return "Kept until you clear it yourself.";
  if (persisted === false)
    return "Kept, though the browser may clear it when the disk is full. Installing the app helps.";
  return "Kept.";
}

export function KeptHere(): JSX.Element {
  const app = useApp();
  const [said, setSaid] = createSignal<string | null>(null);
  let picker: HTMLInputElement | undefined;
  const storage = () => app.status().storage;

  const bringIn = async (file: File | undefined) => {
    if (!file) return;
    const result = await app.client.importOutbox(file);
    const known = result.known > 0 ? ` ${result.known} were known already.` : "";
    const broken = result.problems.length > 0 ? ` ${result.problems.join(" ")}` : "";
    setSaid(`Brought in ${result.imported} from ${file.name}.${known}${broken}`);
    if (picker) picker.value = "";
  };

  return (
    <section class="outbox-part" aria-label="Storage">
      <h3>On this {deviceWord()}</h3>
      <p class="outbox-where" data-warning={storage().kind === "durable" ? undefined : ""}>
        {keeping(app.status())}
        <Show when={storage().usage !== null && storage().quota}>
          {" "}
          {size(storage().usage ?? 0)} used of {size(storage().quota ?? 0)}.
        </Show>
      </p>
      <Show when={storage().problem}>{problem => <p class="outbox-where">{problem()}</p>}</Show>
      <div class="outbox-tools">
        <Button
          onClick={async () => saveFile(`landfall-outbox-${dayOf(new Date())}.json`, await app.client.exportOutbox())}
        >
          Save to a file
        </Button>
        <Button onClick={() => picker?.click()}>Bring in a file…</Button>
        <input
          ref={picker}
          class="unseen"
          type="file"
          tabIndex={-1}
          aria-label="Outbox file"
          accept="application/json,.json"
          onChange={event => void bringIn(event.currentTarget.files?.[0])}
        />
      </div>
      <p class="outbox-where" role="status">
        {said()}
      </p>
    </section>
  );
}
