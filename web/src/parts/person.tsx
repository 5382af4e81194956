//! People: persons are round, crews and shifts square.
import "./person.css";
import type { JSX } from "solid-js";
import type { Person } from "../types";

/** How a person is named in the page's own sentences. */
export const nameOf = (person: Person): string => (person.you ? "You" : person.name);

/** The same inside a sentence. */
export const nameInSentence = (person: Person): string => (person.you ? "you" : person.name);

/** Initials in the person's shape. The name is spoken unless it stands beside it. */
export function Avatar(props: { person: Person; size?: 20 | 24; named?: boolean }): JSX.Element {
  return (
    <span
      class="avatar"
      data-you={props.person.you ? "" : undefined}
      data-crew={props.person.crew ? "" : undefined}
      style={{ "--avatar": `${props.size ?? 20}px` }}
      title={props.named ? undefined : nameOf(props.person)}
    >
      <span aria-hidden="true">{props.person.you ? "You" : props.person.initials}</span>
      {props.named ? null : <span class="unseen">{nameOf(props.person)}</span>}
    </span>
  );
}

/** Avatar and name in a row. */
export function PersonName(props: { person: Person }): JSX.Element {
  return (
    <span class="person">
      <Avatar person={props.person} named />
      <span class="person-name">{nameOf(props.person)}</span>
    </span>
  );
}
