//! Live notice of others' deeds: one toast at a time, and their cards coloured for a moment.
import type { JSX } from "solid-js";
import { useApp } from "../app/context";
import { showNews } from "../app/fresh";
import { PhraseText } from "../parts/phrase";
import { toast } from "../parts/toast";
import { ago } from "../parts/when";

/** Listens for as long as the workspace is open. */
export function NewsWatcher(): JSX.Element {
  const app = useApp();
  app.client.onNotice(notice => {
    const task = notice.task;
    if (task) showNews(task);
    if (document.hidden) return;
    toast({
      person: notice.person,
      words: () => (
        <>
          <strong>{notice.person.name}</strong> <PhraseText phrase={notice.phrase} /> · {ago(notice.at)}
        </>
      ),
      action: task ? { words: "Show", onSelect: () => app.openTask(task) } : undefined,
    });
  });
  return null;
}
