//! The workspace no longer lists this person: its data left the device, what they had meant did not.
import { createMemo, type JSX, Show } from "solid-js";
import { useApp } from "../app/context";
import { saveFile } from "../outbox/save-file";
import { Button } from "../parts/button";
import { plain } from "../parts/phrase";
import { dayOf } from "../parts/when";
import { InPlace } from "./frame";

export function Forbidden(): JSX.Element {
  const app = useApp();
  const kept = createMemo(() => app.client.rejections().length + app.status().pending);
  const save = async () => {
    const words = app.client.rejections().map(entry => `${plain(entry.phrase)} ${entry.title ?? ""}`.trim());
    const parts = [
      `{"intents": ${JSON.stringify(words, null, 2)},\n"outbox": `,
      await app.client.exportOutbox(),
      "}\n",
    ];
    saveFile(`landfall-outbox-${dayOf(new Date())}.json`, new Blob(parts, { type: "application/json" }));
  };
  return (
    <InPlace title="The workspace no longer lists you">
      <p>
        An owner has taken you off its list, so its tasks have left this device. Ask an owner for a new invitation if
        that is a mistake.
      </p>
      <Show when={kept() > 0} fallback={<p>Nothing that you did was left behind: all of it had landed.</p>}>
        <p>
          {kept() === 1 ? "One thing that you did had" : `${kept()} things that you did had`} not landed. The words are
          kept here; save them to a file, so that nothing is lost.
        </p>
        <div class="welcome-actions">
          <Button kind="primary" onClick={save}>
            Save to a file
          </Button>
        </div>
      </Show>
    </InPlace>
  );
}
