//! The rows, commands and statuses that cross between the engine and the page, as Rust declares them, with short names for a few.
import type { HistoryLine, Intent, Place, Span } from "./generated";

export type * from "./generated";

/** A sentence that the engine wrote; times and dates are put into words by the page. */
export type Phrase = Span[];
/** Something that an intent asks. */
export type Ask = Intent["asks"][number];
/** Where a task is to go. */
export type To = Place;
/** A record in words. */
export type RecordLine = Omit<HistoryLine, "position"> & { position: number };
