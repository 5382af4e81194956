//! What is said above the view: a refusal, a new version, and the links for those who cannot see the way.
import "./notices.css";
import { type JSX, Show } from "solid-js";
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
