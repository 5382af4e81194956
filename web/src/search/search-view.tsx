//! Search over titles and texts, on this device, as one types.
import "./search-view.css";
import { createSignal, For, type JSX, onMount, Show } from "solid-js";
import { useApp } from "../app/context";
import { parameter, setParameter } from "../app/router";
import { TaskRow } from "../list/task-row";
import { Icon } from "../parts/icon";
import { InTurn } from "../parts/in-turn";

const RESULTS_MAX = 100;

export function SearchView(): JSX.Element {
  const app = useApp();
  const [text, setText] = createSignal(parameter("q") ?? "");
  const found = app.client.live("search", () => (text().trim() ? { text: text().trim(), limit: RESULTS_MAX } : null));
  const [cursor, setCursor] = createSignal<string | null>(null);
  let field!: HTMLInputElement;
  let results!: HTMLUListElement;
  onMount(() => {
    field.focus();
    field.select();
  });
  const write = (words: string) => {
    setText(words);
    setParameter("q", words || null, { replace: true });
  };
  const step = (from: HTMLElement | null, by: 1 | -1) => {
    const links = [...results.querySelectorAll<HTMLElement>(".row-link")];
    const at = from ? links.indexOf(from) : -1;
    const next = links[at + by];
    if (next) next.focus();
    else if (by < 0) field.focus();
  };
  const keys = (event: KeyboardEvent) => {
    const link = event.target instanceof HTMLElement && event.target.matches(".row-link") ? event.target : null;
    const down = event.key === "ArrowDown" || (link && event.key === "j");
    const up = event.key === "ArrowUp" || (link && event.key === "k");
    if (!down && !up) return;
    event.preventDefault();
    step(link, down ? 1 : -1);
  };
  const shown = () => found.order().length;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows go between the field and the rows inside
    <div class="search" onKeyDown={keys}>
      <div class="search-field">
        <Icon name="search" />
        <input
          ref={field}
          type="search"
          aria-label="Search in all boards"
          placeholder="Words from a title, a text, or an id"
          autocomplete="off"
          value={text()}
          onInput={event => write(event.currentTarget.value)}
          onKeyDown={event => {
            if (event.key === "Escape" && text()) {
              event.preventDefault();
              write("");
            }
            if (event.key === "Enter") {
              const first = found.order()[0];
              if (first) app.openTask(first);
            }
          }}
        />
      </div>
      <p class="search-count" role="status">
        <Show when={text().trim()} fallback="Search reads what this device has, so it works without a connection.">
          {shown() === 0 && found.partial()
            ? "Searching…"
            : shown() === 0
              ? `Nothing here has “${text().trim()}” in it.`
              : shown() >= RESULTS_MAX
                ? `The first ${RESULTS_MAX}. More words find fewer.`
                : `${shown()} ${shown() === 1 ? "task" : "tasks"}`}
        </Show>
      </p>
      <div class="list scroll">
        <ul
          ref={results}
          role="list"
          aria-label="Found"
          onFocusIn={event => setCursor(event.target.closest<HTMLElement>("[data-task]")?.dataset.task ?? null)}
        >
          <For each={found.order()}>
            {(key, index) => (
              <InTurn>
                <Show when={found.row(key)}>
                  {card => (
                    <TaskRow
                      card={card()}
                      reachable={
                        cursor() === key || (index() === 0 && (cursor() === null || !found.row(cursor() ?? "")))
                      }
                      position={index() + 1}
                      total={shown()}
                    />
                  )}
                </Show>
              </InTurn>
            )}
          </For>
        </ul>
      </div>
    </div>
  );
}
