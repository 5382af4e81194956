//! Live notice of others' deeds: one toast at a time, and their cards coloured for a moment.
import { type JSX, onCleanup } from "solid-js";
import { useApp } from "../app/context";
import { showNews } from "../app/fresh";
import { PhraseText } from "../parts/phrase";
import { toastNews, withholdNews } from "../parts/toast";
import { ago } from "../parts/when";
import type { Phrase } from "../types";

/** The sentence goes on behind a dot in the middle, so its own stop is left out. */
function withoutStop(phrase: Phrase): Phrase {
  const last = phrase.at(-1);
  if (!last || !("text" in last) || !last.text.endsWith(".")) return phrase;
  return [...phrase.slice(0, -1), { text: last.text.slice(0, -1) }];
}

/** Listens for as long as the workspace is open. */
export function NewsWatcher(): JSX.Element {
  const app = useApp();
  app.client.onNotice(notice => {
    const task = notice.task;
    if (task) showNews(task);
    if (document.hidden) return;
    toastNews({
      person: notice.person,
      words: () => (
        <>
          <strong>{notice.person.name}</strong> <PhraseText phrase={withoutStop(notice.phrase)} /> · {ago(notice.at)}
        </>
      ),
      action: task ? { words: "Show", onSelect: () => app.openTask(task) } : undefined,
    });
  });
  onCleanup(withholdNews);
  return null;
}
