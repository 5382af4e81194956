//! The very first visit: the workspace gets its name, and the visitor becomes its owner.
import { createSignal, type JSX, Show } from "solid-js";
import { signedIn } from "../app/boot";
import { go } from "../app/router";
import { Button } from "../parts/button";
import { TextField } from "../parts/field";
import { found, NotAnswered } from "../server";
import { Frame } from "./frame";

export function FirstVisit(): JSX.Element {
  const [workspace, setWorkspace] = createSignal("");
  const [name, setName] = createSignal("");
  const [problem, setProblem] = createSignal<string | null>(null);
  const [tried, setTried] = createSignal(false);
  const [asking, setAsking] = createSignal(false);
  const begin = async () => {
    setTried(true);
    if (asking() || workspace().trim() === "" || name().trim() === "") return;
    setAsking(true);
    setProblem(null);
    try {
      const entered = await found(workspace().trim(), name().trim());
      signedIn({ ...entered, name: name().trim(), workspace: workspace().trim(), role: "owner" });
      go(`/w/${entered.log}`, { replace: true });
    } catch (reason) {
      setProblem(reason instanceof NotAnswered ? reason.message : String(reason));
    } finally {
      setAsking(false);
    }
  };
  const empty = (words: string) => (tried() && words.trim() === "" ? "This needs a name." : null);
  return (
    <Frame title="Name the workspace">
      <p>
        You are the first here. A workspace holds the boards of one team. You become its owner, and invite the others by
        a link. From then on everything works without a connection, and lands when you are back.
      </p>
      <form
        class="welcome-form"
        onSubmit={event => {
          event.preventDefault();
          void begin();
        }}
      >
        <TextField
          label="Workspace"
          placeholder="Skarvik Yard"
          value={workspace()}
          onValue={setWorkspace}
          problem={empty(workspace())}
          maxLength={80}
          focused
        />
        <TextField
          label="Your name"
          hint="As the others know you. A crew or a shift works too."
          autocomplete="name"
          value={name()}
          onValue={setName}
          problem={empty(name())}
          maxLength={80}
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
            {asking() ? "Asking the server…" : "Open the workspace"}
          </Button>
        </div>
      </form>
    </Frame>
  );
}
