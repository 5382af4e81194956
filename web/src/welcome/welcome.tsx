//! The states before, beside and after an open workspace; each says what is so and what to do.

export { FirstVisit } from "./first-visit";
export { Forbidden } from "./forbidden";
export { JoinByLink } from "./join-by-link";
export { ConnectionNotice, StorageNotice } from "./notices";
export { NothingHereYet, SignedOut } from "./standing";
