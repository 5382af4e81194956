//! The menu of a card: its intents, as they hold now, and the move that needs no hand on a pointer.
import { intentsOf, perform } from "../app/act";
import type { App } from "../app/context";
import type { MenuEntry } from "../parts/menu";
import { plain } from "../parts/phrase";
import { iconOf } from "../task/intent-icons";
import type { TaskCard } from "../types";

const LATER_MAX = 3;

export function cardEntries(app: App, card: TaskCard, onMove?: () => void): MenuEntry[] {
  const { now, later } = intentsOf(app, card.id);
  const entries: MenuEntry[] = [{ words: "Open", icon: "arrow_right", onSelect: () => app.openTask(card.id) }];
  now.forEach((intent, index) => {
    entries.push({
      words: intent.label,
      icon: iconOf(intent.verb),
      begins_group: index === 0,
      onSelect: () => perform(app, card, intent),
    });
  });
  if (onMove && !app.viewer()) {
    entries.push({ words: "Move…", icon: "move", keys: "Shift ←→", begins_group: true, onSelect: onMove });
  }
  later.slice(0, LATER_MAX).forEach((intent, index) => {
    entries.push({
      words: intent.label,
      icon: iconOf(intent.verb),
      begins_group: index === 0,
      not_now: intent.not_now ? plain(intent.not_now) : "Not now",
      onSelect: () => undefined,
    });
  });
  return entries;
}
