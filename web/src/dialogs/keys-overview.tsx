//! What the keyboard does here.
import { For, type JSX } from "solid-js";
import { DialogBody } from "../parts/dialog";
import { Keys } from "../parts/keys";

const groups: readonly { title: string; keys: readonly { keys: readonly string[]; words: string }[] }[] = [
  {
    title: "Everywhere",
    keys: [
      { keys: ["Mod", "K"], words: "What you can do: the palette of intents" },
      { keys: ["I"], words: "The same, for the task that has focus" },
      { keys: ["N"], words: "New task" },
      { keys: ["/"], words: "Search" },
      { keys: ["Mod", "Z"], words: "Undo your last intent" },
      { keys: ["Esc"], words: "Close what is open; focus returns" },
      { keys: ["?"], words: "This overview" },
    ],
  },
  {
    title: "On boards and lists",
    keys: [
      { keys: ["↑", "↓"], words: "The task above, the task below; also K and J" },
      { keys: ["←", "→"], words: "The column beside; also H and L" },
      { keys: ["Home", "End"], words: "The first task of the column, the last" },
      { keys: ["Enter"], words: "Open the task" },
      { keys: ["Shift", "↑ ↓ ← →"], words: "Carry the task; a column that is full says so" },
    ],
  },
  {
    title: "While writing",
    keys: [
      { keys: ["Mod", "Enter"], words: "Say it" },
      { keys: ["Esc"], words: "Cancel" },
    ],
  },
];

export function KeysOverview(): JSX.Element {
  return (
    <DialogBody>
      <For each={groups}>
        {group => (
          <section>
            <h3 class="dialog-part">{group.title}</h3>
            <dl class="keys-list">
              <For each={group.keys}>
                {one => (
                  <div>
                    <dt>
                      <For each={one.keys}>{key => <Keys of={key} />}</For>
                    </dt>
                    <dd>{one.words}</dd>
                  </div>
                )}
              </For>
            </dl>
          </section>
        )}
      </For>
    </DialogBody>
  );
}
