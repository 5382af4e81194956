//! What a task is tied to: other tasks, and addresses elsewhere.
import { For, type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { Button, IconButton } from "../parts/button";
import type { LinkView } from "../types";
import { linkWords } from "./field-link";
import { InlineForm } from "./inline-form";
import { usePanel } from "./panel-state";

/** Only plain addresses become links; anything else is shown as the text it is. */
const followable = (url: string): boolean => /^https?:/i.test(url);

export function Links(): JSX.Element {
  const app = useApp();
  const panel = usePanel();
  const name = (link: LinkView): string => link.task?.title ?? (link.title || link.url || "");
  return (
    <section
      class="task-part"
      hidden={panel.readOnly() && panel.task().links.length === 0}
      aria-labelledby="task-links"
    >
      <header class="task-part-line">
        <h3 class="task-part-head" id="task-links">
          Links{" "}
          <Show when={panel.task().links.length > 0}>
            <span class="task-part-count">{panel.task().links.length}</span>
          </Show>
        </h3>
        <Show when={!panel.readOnly()}>
          <Button kind="words" onClick={() => panel.ask("link", "Link")}>
            Link…
          </Button>
        </Show>
      </header>
      <ul class="links">
        <For each={panel.task().links}>
          {link => (
            <li class="task-link">
              <span class="task-link-kind">{linkWords[link.kind]}</span>
              <Show
                when={link.task}
                fallback={
                  <Show
                    when={link.url && followable(link.url)}
                    fallback={<span class="task-link-to">{name(link)}</span>}
                  >
                    <a class="task-link-to" href={link.url ?? ""} target="_blank" rel="noopener noreferrer">
                      {name(link)}
                    </a>
                  </Show>
                }
              >
                {card => (
                  <button type="button" class="task-link-to" onClick={() => app.openTask(card().id)}>
                    <span class="task-link-number">{card().number}</span> {card().title}
                  </button>
                )}
              </Show>
              <Show when={!panel.readOnly()}>
                <IconButton
                  icon="close"
                  size={14}
                  class="part-menu"
                  label={`Unlink ${name(link)}`}
                  onClick={() => panel.act("unlink", "Unlink from", { link: link.id })}
                />
              </Show>
            </li>
          )}
        </For>
      </ul>
      <InlineForm when={asking => asking.verb === "link"} />
    </section>
  );
}
