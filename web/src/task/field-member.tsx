//! Who: the people of the workspace as chips; with many of them, a line to find one.
import { createMemo, createSignal, type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { TextField } from "../parts/field";
import { Avatar, nameOf } from "../parts/person";
import { ChoiceField } from "./field-choice";

const shownMax = 12;

/** Picks a person; viewers and those who left are not offered. */
export function MemberField(props: {
  label: string;
  value: string | null;
  /** Who is not a sensible answer, such as the present holder. */
  without?: string | null | undefined;
  focused?: boolean;
  onValue: (actor: string) => void;
}): JSX.Element {
  const app = useApp();
  const [typed, setTyped] = createSignal("");
  const people = createMemo(() =>
    (app.head()?.members ?? [])
      .filter(member => !member.removed && member.role !== "viewer" && member.person.actor !== props.without)
      .map(member => member.person),
  );
  const shown = createMemo(() => {
    const wanted = typed().trim().toLowerCase();
    const found = people().filter(person => nameOf(person).toLowerCase().includes(wanted));
    const few = found.slice(0, shownMax);
    const chosen = people().find(person => person.actor === props.value);
    return chosen && !few.includes(chosen) ? [chosen, ...few] : few;
  });
  return (
    <Show
      when={people().length > 0}
      fallback={<p class="field-hint">Nobody else works here yet. Invite someone first; the link is under Members.</p>}
    >
      <Show when={people().length > shownMax}>
        <TextField
          label={`${props.label}: find a person`}
          placeholder="Name"
          value={typed()}
          onValue={setTyped}
          focused={props.focused ?? false}
        />
      </Show>
      <ChoiceField
        label={props.label}
        value={props.value}
        focused={(props.focused ?? false) && people().length <= shownMax}
        choices={shown().map(person => ({
          value: person.actor,
          words: nameOf(person),
          drawing: <Avatar person={person} named />,
        }))}
        onValue={props.onValue}
      />
    </Show>
  );
}
