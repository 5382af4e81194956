//! The open question of the panel, drawn in the place that it belongs to.
import { type JSX, Show } from "solid-js";
import { bareWords, useSaying } from "./act";
import { startingAnswers } from "./intent-fields";
import { IntentForm } from "./intent-form";
import { type Asking, usePanel } from "./panel-state";

/** Shows the form when the open question is one of ours. */
export function InlineForm(props: { when: (asking: Asking) => boolean; unlabelled?: boolean }): JSX.Element {
  const panel = usePanel();
  const { answered } = useSaying();
  const mine = () => {
    const asking = panel.asking();
    return asking && props.when(asking) ? asking : null;
  };
  const start = (asking: Asking) => {
    const task = panel.task();
    const answers = startingAnswers(asking.verb, task);
    if (asking.verb === "reword_step") {
      return { ...answers, text: task.steps.find(step => step.id === asking.aim.step)?.text ?? "" };
    }
    if (asking.verb === "revise_comment") {
      return { ...answers, text: task.comments.find(comment => comment.id === asking.aim.comment)?.text ?? "" };
    }
    return answers;
  };
  return (
    <Show when={mine()} keyed>
      {asking => (
        <IntentForm
          verb={asking.verb}
          submitWords={bareWords(asking.words)}
          task={panel.task()}
          aim={asking.aim}
          start={start(asking)}
          unlabelled={props.unlabelled ?? false}
          onSay={(answers, aim) => answered(asking, panel.task(), aim, answers)}
          onClose={() => panel.close()}
        />
      )}
    </Show>
  );
}
