//! Where the page begins: the session, then the workspace that it opens.
import "./styles/tokens.css";
import "./styles/base.css";
import { createEffect, createMemo, type JSX, Match, Show, Switch } from "solid-js";
import { render } from "solid-js/web";
import { begin, enterWorkspace, session } from "./app/boot";
import { followLinks, route } from "./app/router";
import { applyTheme } from "./app/theme";
import { watchForUpdates } from "./app/update";
import { ToastRegion } from "./parts/toast";
import { UpdateQuestion } from "./shell/notices";
import { Workspace } from "./shell/workspace";
import { FirstVisit, JoinByLink, NothingHereYet, SignedOut } from "./welcome/welcome";

const joinCode = () => {
  const at = route();
  return at.at === "join" ? at.code : null;
};

function Root(): JSX.Element {
  createEffect(() => {
    const at = route();
    if ("log" in at) enterWorkspace(at.log);
  });
  /** One workspace of one person: when either changes, everything is opened anew. */
  const opened = createMemo(
    () => {
      const now = session();
      return now.is === "here" ? now.me : null;
    },
    undefined,
    { equals: (before, after) => before?.actor === after?.actor && before?.log === after?.log },
  );
  return (
    <>
      <Show when={joinCode()} fallback={<Opened />} keyed>
        {code => <JoinByLink code={code} />}
      </Show>
      <UpdateQuestion />
      <ToastRegion />
    </>
  );

  function Opened(): JSX.Element {
    return (
      <Switch>
        <Match when={opened()} keyed>
          {me => <Workspace me={me} />}
        </Match>
        <Match when={session().is === "first_visit"}>
          <FirstVisit />
        </Match>
        <Match when={session().is === "signed_out"}>
          <SignedOut />
        </Match>
        <Match when={session().is === "nothing_known"}>
          <NothingHereYet />
        </Match>
      </Switch>
    );
  }
}

applyTheme();
const at = route();
begin("log" in at ? at.log : null);
document.addEventListener("click", followLinks);
const place = document.getElementById("app");
if (place) render(() => <Root />, place);
void watchForUpdates();
