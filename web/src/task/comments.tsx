//! Comments: said, revised by their author, answered with a sign, discarded and restored.
import { createMemo, createSignal, For, type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { Button } from "../parts/button";
import { Icon } from "../parts/icon";
import { Mark } from "../parts/mark";
import { Menu, type MenuEntry } from "../parts/menu";
import { Avatar, nameOf } from "../parts/person";
import { happened } from "../parts/when";
import type { CommentView } from "../types";
import { InlineForm } from "./inline-form";
import { usePanel } from "./panel-state";

/** The signs that are offered; others that somebody used are shown all the same. */
const signs: readonly { emoji: string; words: string }[] = [
  { emoji: "👍", words: "Agreed" },
  { emoji: "✅", words: "Done" },
  { emoji: "👀", words: "Seen" },
  { emoji: "❓", words: "Unclear" },
  { emoji: "⚠️", words: "Careful" },
  { emoji: "🙏", words: "Thanks" },
];
const meaning = (emoji: string): string => signs.find(sign => sign.emoji === emoji)?.words ?? emoji;

export function Comments(): JSX.Element {
  const panel = usePanel();
  const [shown, setShown] = createSignal(false);
  const live = createMemo(() => panel.task().comments.filter(comment => !comment.discarded));
  const discarded = createMemo(() => panel.task().comments.filter(comment => comment.discarded));
  return (
    <section
      class="task-part"
      hidden={panel.readOnly() && panel.task().comments.length === 0}
      aria-labelledby="task-comments"
    >
      <header class="task-part-line">
        <h3 class="task-part-head" id="task-comments">
          Comments{" "}
          <Show when={live().length > 0}>
            <span class="task-part-count">{live().length}</span>
          </Show>
        </h3>
        <Show when={!panel.readOnly()}>
          <Button kind="words" onClick={() => panel.ask("comment", "Comment")}>
            Comment…
          </Button>
        </Show>
      </header>
      <ul class="comments">
        <For each={live()}>{comment => <Comment comment={comment} />}</For>
      </ul>
      <InlineForm when={asking => asking.verb === "comment"} unlabelled />
      <Show when={discarded().length > 0}>
        <Button kind="words" class="part-more" aria-expanded={shown()} onClick={() => setShown(!shown())}>
          {discarded().length} discarded
        </Button>
        <Show when={shown()}>
          <ul class="comments">
            <For each={discarded()}>{comment => <Comment comment={comment} />}</For>
          </ul>
        </Show>
      </Show>
    </section>
  );
}

function Comment(props: { comment: CommentView }): JSX.Element {
  const app = useApp();
  const panel = usePanel();
  const aim = () => ({ comment: props.comment.id });
  const revising = () => panel.asking()?.verb === "revise_comment" && panel.asking()?.aim.comment === props.comment.id;
  const react = (emoji: string, on: boolean) =>
    app.submit({ react: { task: panel.task().card.id, comment: props.comment.id, emoji, on } });
  const entries = (): MenuEntry[] => {
    if (props.comment.discarded) {
      return [
        {
          words: "Restore",
          icon: "restore",
          onSelect: () => panel.act("restore_comment", "Restore comment on", aim()),
        },
      ];
    }
    const given = new Set(props.comment.reactions.filter(one => one.mine).map(one => one.emoji));
    const answers: MenuEntry[] = signs.map(sign => ({
      words: `${sign.emoji}  ${sign.words}`,
      checked: given.has(sign.emoji),
      onSelect: () => react(sign.emoji, !given.has(sign.emoji)),
    }));
    if (!props.comment.by.you) return answers;
    return [
      ...answers,
      {
        words: "Revise…",
        icon: "pencil",
        begins_group: true,
        onSelect: () => panel.ask("revise_comment", "Revise", aim()),
      },
      {
        words: "Discard",
        icon: "discard",
        onSelect: () => panel.act("discard_comment", "Discard comment on", aim()),
      },
    ];
  };
  return (
    <li class="comment" data-discarded={props.comment.discarded ? "" : undefined}>
      <Avatar person={props.comment.by} named />
      <div class="comment-body">
        <p class="comment-head">
          <strong>{nameOf(props.comment.by)}</strong>
          <time dateTime={new Date(props.comment.at).toISOString()}>{happened(props.comment.at)}</time>
          <Show when={props.comment.revised}>
            <span>revised</span>
          </Show>
          <Show when={props.comment.pending}>
            <span class="not-landed">
              not landed <Mark state="saved" silent />
            </span>
          </Show>
        </p>
        <Show when={!revising()} fallback={<InlineForm when={asking => asking.verb === "revise_comment"} unlabelled />}>
          <p class="comment-text">{props.comment.text}</p>
        </Show>
        <Show when={props.comment.reactions.length > 0}>
          <div class="reactions">
            <For each={props.comment.reactions}>
              {reaction => (
                <button
                  type="button"
                  class="reaction"
                  aria-pressed={reaction.mine}
                  aria-label={`${meaning(reaction.emoji)}: ${reaction.count}`}
                  title={meaning(reaction.emoji)}
                  disabled={panel.readOnly()}
                  onClick={() => react(reaction.emoji, !reaction.mine)}
                >
                  <span aria-hidden="true">
                    {reaction.emoji} {reaction.count}
                  </span>
                </button>
              )}
            </For>
          </div>
        </Show>
      </div>
      <Show when={!panel.readOnly()}>
        <Menu
          label={`Comment by ${nameOf(props.comment.by)}, ${happened(props.comment.at)}`}
          trigger={<Icon name="more" />}
          class="icon-button part-menu"
          entries={entries}
        />
      </Show>
    </li>
  );
}
