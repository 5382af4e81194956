//! Coming in by an invitation: which workspace, who invites, and under which name.
import { createResource, createSignal, type JSX, Match, onCleanup, onMount, Show, Switch } from "solid-js";
import { session, signedIn } from "../app/boot";
import { go } from "../app/router";
import { Button } from "../parts/button";
import { TextField } from "../parts/field";
import { type Invitation, invitation, join, NotAnswered } from "../server";
import { Frame } from "./frame";

const roles: Readonly<Record<string, string>> = {
  owner: "an owner: you may also invite others and set limits",
  member: "a member: you may do all the work",
  viewer: "a viewer: you may look at everything and change nothing",
};

export function JoinByLink(props: { code: string }): JSX.Element {
  const [asked, { refetch }] = createResource(
    () => props.code,
    async code => {
      try {
        return { invitation: await invitation(code) };
      } catch (reason) {
        return { reason: reason instanceof NotAnswered ? reason : new NotAnswered(String(reason), false) };
      }
    },
  );
  const again = () => void refetch();
  onMount(() => addEventListener("online", again));
  onCleanup(() => removeEventListener("online", again));
  const found = () => asked()?.invitation;
  const reason = () => asked()?.reason;
  return (
    <Switch
      fallback={
        <Frame title="Reading the invitation">
          <div class="welcome-bars" aria-busy="true">
            <i />
            <i />
          </div>
        </Frame>
      }
    >
      <Match when={found()}>{invited => <Accept code={props.code} invited={invited()} />}</Match>
      <Match when={reason()?.away}>
        <Frame title="Joining needs a connection, once">
          <p>
            The server cannot be reached at the moment. Keep this page open: it asks again as soon as there is a line.
            After you have joined, everything works without one.
          </p>
          <div class="welcome-actions">
            <Button kind="primary" onClick={again}>
              Ask now
            </Button>
          </div>
        </Frame>
      </Match>
      <Match when={reason()}>
        {told => (
          <Frame title="This link does not open anything">
            <p>{sentence(told().message)}</p>
            <p>An owner of the workspace can send you a new one. A link is good for some days only.</p>
            <div class="welcome-actions">
              <Button onClick={again}>Ask again</Button>
              <Button kind="plain" onClick={() => go("/", { replace: true })}>
                Go to Landfall
              </Button>
            </div>
          </Frame>
        )}
      </Match>
    </Switch>
  );
}

/** The server's words as a sentence of their own. */
const sentence = (words: string): string =>
  words.charAt(0).toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : ".");

function Accept(props: { code: string; invited: Invitation }): JSX.Element {
  const known = () => {
    const now = session();
    return now.is === "here" ? now.me.name : "";
  };
  const [name, setName] = createSignal(known());
  const [problem, setProblem] = createSignal<string | null>(null);
  const [tried, setTried] = createSignal(false);
  const [asking, setAsking] = createSignal(false);
  const come = async () => {
    setTried(true);
    if (asking() || name().trim() === "") return;
    setAsking(true);
    setProblem(null);
    try {
      const entered = await join(props.code, name().trim());
      signedIn({ ...entered, name: name().trim(), workspace: props.invited.workspace, role: props.invited.role });
      go(`/w/${entered.log}`, { replace: true });
    } catch (reason) {
      setProblem(reason instanceof NotAnswered ? sentence(reason.message) : String(reason));
    } finally {
      setAsking(false);
    }
  };
  return (
    <Frame title={`Join ${props.invited.workspace}`}>
      <p>
        <strong>{props.invited.invited_by || "An owner"}</strong> invites you as {roles[props.invited.role]}. You can
        work there without a connection; what you do lands when you are back.
      </p>
      <form
        class="welcome-form"
        onSubmit={event => {
          event.preventDefault();
          void come();
        }}
      >
        <TextField
          label="Your name"
          hint="As the others know you. A crew or a shift works too."
          autocomplete="name"
          value={name()}
          onValue={setName}
          problem={tried() && name().trim() === "" ? "This needs a name." : null}
          maxLength={80}
          focused
        />
        <Show when={problem()}>
          {words => (
            <p class="welcome-problem" role="alert">
              {words()}
            </p>
          )}
        </Show>
        <div class="welcome-actions">
          <Button kind="primary" type="submit">
            {asking() ? "Asking the server…" : "Join"}
          </Button>
        </div>
      </form>
    </Frame>
  );
}
