//! One open workspace: the engine is opened, then the shell is drawn around the view that the address names.
import { createEffect, createMemo, createSignal, type JSX, onCleanup, onMount, Show } from "solid-js";
import { type App, AppProvider, createApp, type Me } from "../app/context";
import { Landfall } from "../client";
import { InTurn } from "../parts/in-turn";
import { later, loadLater } from "../parts/later";
import { today } from "../parts/when";
import { NewsWatcher } from "./news";
import { Shell } from "./shell";

declare global {
  interface Window {
    /** The open workspace, for consoles and tests. */
    landfall?: Landfall;
  }
}

const SKELETON_AFTER_MS = 150;

const Dialogs = later(async () => (await import("../dialogs/dialogs")).Dialogs);
const Palette = later(async () => (await import("../palette/palette")).Palette);

/** Opens the log of `me` and keeps it open for as long as this is on the page. */
export function Workspace(props: { me: Me }): JSX.Element {
  const [client, setClient] = createSignal<Landfall>();
  const [late, setLate] = createSignal(false);
  const [failure, setFailure] = createSignal<string>();
  const timer = setTimeout(() => setLate(true), SKELETON_AFTER_MS);
  let gone = false;

  const { log, actor, addresses, two_routes } = props.me;
  Landfall.open({ log, actor, server: servers(addresses ?? []), two_routes: two_routes ?? false }).then(
    opened => {
      clearTimeout(timer);
      if (gone) void opened.close();
      else {
        window.landfall = opened;
        setClient(opened);
      }
    },
    (reason: unknown) => setFailure(String(reason)),
  );
  onCleanup(() => {
    gone = true;
    clearTimeout(timer);
    void client()?.close();
  });

  return (
    <Show when={client()} keyed fallback={<Opening late={late()} failure={failure()} />}>
      {opened => <Opened client={opened} me={props.me} />}
    </Show>
  );
}

/** Where the server is reached, as sockets want it: first where this page came from. */
function servers(addresses: readonly string[]): string[] {
  const elsewhere = addresses.filter(address => address !== location.origin);
  return [location.origin, ...elsewhere].map(address => address.replace(/^http/, "ws"));
}

/** Asks before the page is left with work that only its memory holds. */
function holdPage(client: Landfall): void {
  const ask = (event: BeforeUnloadEvent) => {
    const { pending, storage } = client.status();
    if (pending > 0 && storage.kind !== "durable") event.preventDefault();
  };
  addEventListener("beforeunload", ask);
  onCleanup(() => removeEventListener("beforeunload", ask));
}

function Opened(props: { client: Landfall; me: Me }): JSX.Element {
  holdPage(props.client);
  onMount(loadLater);
  createEffect(() => props.client.today(today()));
  const head = props.client.live("workspace", () => ({}));
  const app = createMemo<App>(() => createApp(props.client, props.me, head));
  return (
    <AppProvider app={app()}>
      <InTurn>
        <Shell />
      </InTurn>
      <InTurn>
        <Palette />
        <Dialogs />
        <NewsWatcher />
      </InTurn>
    </AppProvider>
  );
}

/** Nothing for the first moment, then flat bars where things will be; with a sentence when the engine does not start. */
function Opening(props: { late: boolean; failure: string | undefined }): JSX.Element {
  return (
    <Show
      when={props.failure}
      fallback={
        <Show when={props.late}>
          <div class="opening" role="status" aria-label="Opening">
            <i />
            <i />
            <i />
          </div>
        </Show>
      }
    >
      <main class="blank">
        <h1>Landfall did not start</h1>
        <p>
          This browser could not start the part that keeps your work. Nothing on this device was changed. Load the page
          again; if that does not help, update the browser.
        </p>
        <p class="blank-detail">{props.failure}</p>
      </main>
    </Show>
  );
}
