//! The description: one bordered part with its signature line at the foot, replaced whole by an intent.
import { type JSX, Match, Show, Switch } from "solid-js";
import { Button } from "../parts/button";
import { Icon } from "../parts/icon";
import { Mark } from "../parts/mark";
import { nameOf } from "../parts/person";
import { happened, happenedInFull } from "../parts/when";
import { InlineForm } from "./inline-form";
import { usePanel } from "./panel-state";

export function Description(): JSX.Element {
  const panel = usePanel();
  const part = () => panel.task().description;
  const editing = () => panel.asking()?.verb === "describe";
  return (
    <section class="task-part" aria-labelledby="task-description">
      <h3 class="task-part-head" id="task-description">
        Description
      </h3>
      <InlineForm when={asking => asking.verb === "describe"} unlabelled />
      <Show when={!editing()}>
        <Show
          when={part()}
          fallback={
            <p class="part-empty">
              Nothing is written yet.
              <Show when={!panel.readOnly()}>
                <Button kind="words" onClick={() => panel.ask("describe", "Describe")}>
                  Describe…
                </Button>
              </Show>
            </p>
          }
        >
          {description => (
            <div
              class="signed"
              data-pending={description().sign.landed ? undefined : ""}
              data-broken={description().signed_off === "broken" ? "" : undefined}
            >
              <p class="signed-text">{description().text}</p>
              <footer class="signed-foot">
                <Switch
                  fallback={
                    <>
                      <Icon name="seal" class="seal" />
                      <span class="signed-words">
                        Signed by {description().sign.by.you ? "you" : nameOf(description().sign.by)} on{" "}
                        {happenedInFull(description().sign.at)}
                      </span>
                    </>
                  }
                >
                  <Match when={description().signed_off === "broken"}>
                    <Icon name="seal" />
                    <span class="signed-words">
                      This text was changed after {panel.task().card.signed?.by.name ?? "somebody"} signed it
                    </span>
                  </Match>
                  <Match when={!description().sign.landed}>
                    <Mark state="saved" silent />
                    <span class="signed-words">
                      Revised by {description().sign.by.you ? "you" : nameOf(description().sign.by)} at{" "}
                      {happened(description().sign.at)}, not landed
                    </span>
                  </Match>
                </Switch>
                <Show when={!panel.readOnly()}>
                  <Button kind="words" onClick={() => panel.ask("describe", "Sign and save")}>
                    Revise…
                  </Button>
                </Show>
              </footer>
            </div>
          )}
        </Show>
      </Show>
    </section>
  );
}
