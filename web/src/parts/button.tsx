//! Buttons: one primary at most per surface; the rest outlined, plain or as words.
import "./button.css";
import { type JSX, Show, splitProps } from "solid-js";
import { Icon, type IconName } from "./icon";
import { Tooltip } from "./tooltip";

type Native = Omit<JSX.ButtonHTMLAttributes<HTMLButtonElement>, "class">;
export type ButtonKind = "primary" | "outline" | "plain" | "words" | "danger";

/** A button with words. `kind` defaults to outline. */
export function Button(props: Native & { kind?: ButtonKind; icon?: IconName; class?: string }): JSX.Element {
  const [own, rest] = splitProps(props, ["kind", "icon", "class", "children"]);
  return (
    <button type="button" class={`button ${own.class ?? ""}`} data-kind={own.kind ?? "outline"} {...rest}>
      <Show when={own.icon}>{name => <Icon name={name()} />}</Show>
      <span class="button-words">{own.children}</span>
    </button>
  );
}

/** A square button with a drawing; its label is its name and its tooltip. */
export function IconButton(
  props: Native & { label: string; icon: IconName; keys?: string; size?: number; class?: string },
): JSX.Element {
  const [own, rest] = splitProps(props, ["label", "icon", "keys", "size", "class"]);
  return (
    <Tooltip words={own.label} keys={own.keys}>
      <button type="button" class={`icon-button ${own.class ?? ""}`} aria-label={own.label} {...rest}>
        <Icon name={own.icon} size={own.size} />
      </button>
    </Tooltip>
  );
}
