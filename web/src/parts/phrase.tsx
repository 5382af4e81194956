//! Sentences that the engine wrote, as text on the page.
import { createMemo, For, type JSX } from "solid-js";
import type { Phrase, Span } from "../types";
import { dueInSentence, happened } from "./when";

const words = (span: Span, whole: boolean): string => {
  if ("text" in span) return span.text;
  if ("strong" in span) return span.strong;
  if ("person" in span) return span.person.name;
  if ("time" in span) return happened(span.time);
  return whole ? dueInSentence(span.date) : span.date;
};

const drawn = (span: Span): JSX.Element => {
  if ("strong" in span || "person" in span) return <strong>{words(span, true)}</strong>;
  if ("time" in span) return <time dateTime={new Date(span.time).toISOString()}>{happened(span.time)}</time>;
  if ("date" in span) return <time dateTime={span.date}>{dueInSentence(span.date)}</time>;
  return span.text;
};

/**
 * A sentence with its names and objects set in 600, its times local.
 * A live store changes a span in place, even from one kind into another; so the sentence is copied, and drawn anew as a whole.
 */
export function PhraseText(props: { phrase: Phrase }): JSX.Element {
  const spans = createMemo(() => props.phrase.map(span => ({ ...span })));
  return <For each={spans()}>{drawn}</For>;
}

/** The same as plain text, for names and announcements. */
export const plain = (phrase: Phrase): string => phrase.map(span => words(span, true)).join("");
