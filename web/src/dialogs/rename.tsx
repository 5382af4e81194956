//! A new name: one's own, or the workspace's.
import { createSignal, type JSX } from "solid-js";
import { useApp } from "../app/context";
import { TextField } from "../parts/field";
import type { Phrase } from "../types";
import { closeDialog } from "./dialog-state";
import { DialogForm } from "./form";

export function Rename(props: { what: "me" | "workspace" }): JSX.Element {
  const app = useApp();
  const before = () => (props.what === "me" ? app.head()?.me.person.name : app.head()?.name) ?? "";
  const [name, setName] = createSignal(before());
  const [problem, setProblem] = createSignal<string | Phrase | null>(null);
  const rename = () => {
    const words = name().trim();
    if (words === "") return setProblem("This needs a name.");
    if (words === before()) return closeDialog();
    const command = props.what === "me" ? { rename_member: { name: words } } : { rename_workspace: { name: words } };
    const told = app.submit(command, { done: `Renamed to ${words}.`, quiet: true });
    if ("id" in told) closeDialog();
    else setProblem(told.phrase ?? "This cannot be done as things stand now.");
  };
  return (
    <DialogForm submit="Rename" onSubmit={rename} problem={problem()}>
      <TextField
        label="Name"
        hint={props.what === "me" ? "As the others know you in this workspace." : undefined}
        value={name()}
        onValue={words => {
          setName(words);
          setProblem(null);
        }}
        maxLength={80}
        focused
      />
    </DialogForm>
  );
}
