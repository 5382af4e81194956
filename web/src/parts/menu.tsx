//! Menus: the same entries behind a button or under the pointer.
import "./menu.css";
import { ContextMenu as KobalteContext } from "@kobalte/core/context-menu";
import { DropdownMenu as KobalteMenu } from "@kobalte/core/dropdown-menu";
import { For, type JSX, Show } from "solid-js";
import { Icon, type IconName } from "./icon";
import { Keys } from "./keys";

/** One line of a menu; a rule is drawn above those that begin a group. */
export type MenuEntry = {
  words: string;
  icon?: IconName | undefined;
  keys?: string | undefined;
  checked?: boolean | undefined;
  /** Why it cannot be chosen now; it is shown, with the reason, and does nothing. */
  not_now?: string | undefined;
  begins_group?: boolean | undefined;
  onSelect: () => void;
};

function Entries(props: { entries: readonly MenuEntry[]; item: typeof KobalteMenu.Item }): JSX.Element {
  return (
    <For each={props.entries}>
      {entry => (
        <>
          <Show when={entry.begins_group}>
            <hr class="menu-rule" />
          </Show>
          <props.item class="menu-item" disabled={Boolean(entry.not_now)} onSelect={() => entry.onSelect()}>
            <span class="menu-icon">
              <Show when={entry.checked ? "check" : entry.icon}>{name => <Icon name={name()} />}</Show>
            </span>
            <span class="menu-words">
              {entry.words}
              <Show when={entry.not_now}>
                <small>{entry.not_now}</small>
              </Show>
            </span>
            <Show when={entry.keys}>{keys => <Keys of={keys()} />}</Show>
          </props.item>
        </>
      )}
    </For>
  );
}

/** A menu behind a button. `trigger` is drawn inside the button. Entries are asked for when it opens. */
export function Menu(props: {
  label: string;
  trigger: JSX.Element;
  class?: string;
  entries: () => readonly MenuEntry[];
  onOpen?: (open: boolean) => void;
}): JSX.Element {
  return (
    <KobalteMenu gutter={4} onOpenChange={open => props.onOpen?.(open)} modal={false}>
      <KobalteMenu.Trigger class={props.class ?? "icon-button"} aria-label={props.label}>
        {props.trigger}
      </KobalteMenu.Trigger>
      <KobalteMenu.Portal>
        <KobalteMenu.Content class="menu">
          <Entries entries={props.entries()} item={KobalteMenu.Item} />
        </KobalteMenu.Content>
      </KobalteMenu.Portal>
    </KobalteMenu>
  );
}

/** A menu under the pointer, around whatever it is about. */
export function ContextMenu(props: {
  entries: () => readonly MenuEntry[];
  class?: string;
  children: JSX.Element;
}): JSX.Element {
  return (
    <KobalteContext modal={false}>
      <KobalteContext.Trigger class={props.class ?? ""}>{props.children}</KobalteContext.Trigger>
      <KobalteContext.Portal>
        <KobalteContext.Content class="menu">
          <Entries entries={props.entries()} item={KobalteContext.Item} />
        </KobalteContext.Content>
      </KobalteContext.Portal>
    </KobalteContext>
  );
}
