//! Another workspace for the same person; the one thing here that needs the server first.
import { createSignal, type JSX } from "solid-js";
import { signedIn } from "../app/boot";
import { useApp } from "../app/context";
import { go } from "../app/router";
import { TextField } from "../parts/field";
import { found, NotAnswered } from "../server";
import { closeDialog } from "./dialog-state";
import { DialogForm } from "./form";

export function NewWorkspace(): JSX.Element {
  const app = useApp();
  const [workspace, setWorkspace] = createSignal("");
  const [problem, setProblem] = createSignal<string | null>(null);
  const [asking, setAsking] = createSignal(false);
  const begin = async () => {
    const words = workspace().trim();
    if (words === "") return setProblem("This needs a name.");
    if (asking()) return;
    setAsking(true);
    try {
      const entered = await found(words, app.me.name);
      closeDialog();
      signedIn({ ...entered, name: app.me.name, workspace: words, role: "owner" });
      go(`/w/${entered.log}`);
    } catch (reason) {
      setProblem(reason instanceof NotAnswered ? reason.message : String(reason));
    } finally {
      setAsking(false);
    }
  };
  return (
    <DialogForm
      submit={asking() ? "Asking the server…" : "Open the workspace"}
      onSubmit={() => void begin()}
      problem={problem()}
    >
      <p>You become its owner. What is done in one workspace is not seen in another.</p>
      <TextField
        label="Workspace"
        value={workspace()}
        onValue={words => {
          setWorkspace(words);
          setProblem(null);
        }}
        maxLength={80}
        focused
      />
    </DialogForm>
  );
}
