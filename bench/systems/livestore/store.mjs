//! The store's name, for the page and for who seeds its backend.
export const STORE = "bench";
