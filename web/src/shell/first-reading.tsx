//! A device that has never read this workspace: it needs a connection once, and says how far that is.
import { type JSX, Show } from "solid-js";
import { useApp } from "../app/context";

/** True until anything of the workspace is known here. */
export const knowsNothing = (app: ReturnType<typeof useApp>): boolean =>
  app.status().position === 0 && app.status().pending === 0;

export function FirstReading(): JSX.Element {
  const app = useApp();
  const away = () => app.status().connection === "offline";
  const share = () => {
    const { head, position } = app.status();
    return head > 0 ? ` ${position} of ${head} entries so far.` : "";
  };
  return (
    <section class="blank" role="status">
      <h1>{away() ? "This device has not read the workspace yet" : "Reading the workspace"}</h1>
      <Show
        when={away()}
        fallback={<p>This happens once on this device. From then on it opens without a connection.{share()}</p>}
      >
        <p>It needs a connection once. From then on everything works without one, and lands when you are back.</p>
      </Show>
    </section>
  );
}
