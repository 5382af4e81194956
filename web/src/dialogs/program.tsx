//! A token, by which a program acts for this person in this workspace. It is shown once.
import { createSignal, type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { Button } from "../parts/button";
import { DialogBody, DialogFoot } from "../parts/dialog";
import { TextField } from "../parts/field";
import { NotAnswered, token } from "../server";
import { CopyField } from "./copy-field";
import { closeDialog } from "./dialog-state";
import { DialogForm } from "./form";

export function Program(): JSX.Element {
  const app = useApp();
  const [label, setLabel] = createSignal("");
  const [made, setMade] = createSignal<string | null>(null);
  const [problem, setProblem] = createSignal<string | null>(null);
  const online = () => app.status().connection === "online";
  const make = async () => {
    if (label().trim() === "") return setProblem("Say which program it is for.");
    try {
      setMade((await token(app.me.log, label().trim())).token);
    } catch (reason) {
      setProblem(reason instanceof NotAnswered ? reason.message : String(reason));
    }
  };
  return (
    <Show
      when={made()}
      fallback={
        <DialogForm submit="Make a token" onSubmit={() => void make()} problem={problem()}>
          <p>
            A program with this token does in {app.head()?.name} what you may do, and under your name. Give each program
            its own.
          </p>
          <TextField
            label="Program"
            placeholder="Night report"
            hint={online() ? undefined : "Making a token needs a connection."}
            value={label()}
            onValue={words => {
              setLabel(words);
              setProblem(null);
            }}
            maxLength={80}
            focused
          />
        </DialogForm>
      }
    >
      {secret => (
        <>
          <DialogBody>
            <p role="status">Copy it now: it is shown this once and kept nowhere.</p>
            <CopyField label={`Token for ${label()}`} value={secret()} />
            <CopyField
              label="Try it"
              value={`landfall tail ${app.me.log} --server ${location.origin} --token ${secret()}`}
              hint="Prints what happens here, as it happens."
            />
          </DialogBody>
          <DialogFoot>
            <Button kind="primary" onClick={closeDialog}>
              I have copied it
            </Button>
          </DialogFoot>
        </>
      )}
    </Show>
  );
}
