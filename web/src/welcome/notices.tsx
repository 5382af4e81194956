//! Lines above the view, for what matters as long as it lasts: nothing is kept here, or nobody listens up there.
import "./welcome.css";
import { createSignal, type JSX, Match, Show, Switch } from "solid-js";
import { useApp } from "../app/context";
import { deviceWord } from "../app/layout";
import { Button, IconButton } from "../parts/button";
import { Icon } from "../parts/icon";

/** This device does not keep what is done: the words differ by whether it never will or just fails now. */
export function StorageNotice(): JSX.Element {
  const app = useApp();
  const [closed, setClosed] = createSignal<string | null>(null);
  const kind = () => app.status().storage.kind;
  return (
    <Show when={kind() !== "durable" && closed() !== kind()}>
      <section class="state-notice" data-tone={kind() === "failing" ? "red" : undefined} aria-label="Storage">
        <Icon name="device" />
        <Switch>
          <Match when={kind() === "memory"}>
            <p role="status">
              This browser keeps nothing here: a private window, or storage is switched off. You can work, and what you
              do lands when there is a connection. What has not landed is gone when this page closes.
            </p>
          </Match>
          <Match when={kind() === "failing"}>
            <p role="status">
              This {deviceWord()} cannot save at the moment; perhaps the disk is full. What you do is kept in memory and
              saved as soon as that works. Nothing was deleted.
            </p>
          </Match>
        </Switch>
        <Button onClick={() => app.setOutboxOpen(true)}>Open the outbox</Button>
        <IconButton icon="close" label="Close" onClick={() => setClosed(kind())} />
      </section>
    </Show>
  );
}

/** The server does not take what is sent: the session ended, or this page is too old. Work goes on meanwhile. */
export function ConnectionNotice(): JSX.Element {
  const app = useApp();
  return (
    <Switch>
      <Match when={app.status().connection === "signed_out"}>
        <section class="state-notice" aria-label="Signed out">
          <Icon name="person" />
          <p role="status">
            You are signed out. You can keep working; it is kept on this {deviceWord()} and lands when you are back in.
            Open your invitation link again, or ask an owner for one.
          </p>
          <Button onClick={() => location.reload()}>Look again</Button>
        </section>
      </Match>
      <Match when={app.status().connection === "update_needed"}>
        <section class="state-notice" aria-label="Update needed">
          <Icon name="download" />
          <p role="status">
            The server speaks a newer version. You can keep working; it lands when this page has been loaded again.
          </p>
          <Button onClick={() => location.reload()}>Load again</Button>
        </section>
      </Match>
    </Switch>
  );
}
