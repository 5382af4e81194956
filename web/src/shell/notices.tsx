//! What is said above the view: a refusal, a new version, and the links for those who cannot see the way.
import "./notices.css";
import { createEffect, createSignal, type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { postponeUpdate, takeUpdate, updateReady } from "../app/update";
import { Button, IconButton } from "../parts/button";
import { Icon } from "../parts/icon";
import { PhraseText } from "../parts/phrase";

/** Why the last intent was not done; stays until it is closed or something else is done. */
export function Refusal(): JSX.Element {
  const app = useApp();
  return (
    <Show when={app.refusal()}>
      {phrase => (
        <div class="notice" data-tone="amber">
          <Icon name="full" />
          <p class="notice-words">
            <PhraseText phrase={phrase()} />
          </p>
          <IconButton icon="close" label="Close" onClick={() => app.closeRefusal()} />
        </div>
      )}
    </Show>
  );
}

/** The server has lost what was read here: said until it is closed, however quickly the rest was read anew. */
export function ReadAnew(): JSX.Element {
  const app = useApp();
  const [isTold, setTold] = createSignal(false);
  createEffect(() => {
    if (app.status().starting_over) setTold(true);
  });
  return (
    <Show when={isTold()}>
      <div class="notice" data-tone="amber" role="status">
        <Icon name="full" />
        <p class="notice-words">
          The server went back to an earlier state of this workspace, and it was read anew. What had landed since may be
          missing. What waits here is kept and lands.
        </p>
        <IconButton icon="close" label="Close" onClick={() => setTold(false)} />
      </div>
    </Show>
  );
}

/** A new version lies ready; nothing is reloaded without a yes. */
export function UpdateQuestion(): JSX.Element {
  return (
    <Show when={updateReady()}>
      <section class="update" aria-label="New version">
        <p class="notice-words" role="status">
          A new version is ready. What you did stays on this device.
        </p>
        <Button kind="primary" onClick={takeUpdate}>
          Reload now
        </Button>
        <Button kind="plain" onClick={postponeUpdate}>
          Later
        </Button>
      </section>
    </Show>
  );
}
