//! When Replicache and Zero write their cache: when they are idle, and they do not say when. Seen from outside, that is the end of the last
//! transaction that writes chunks.

/** Transactions that are writing now, and when the last one ended, by the page's clock; 0 before there was one. */
export const chunks = { writing: 0, written: 0 };

const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (stores, mode, ...rest) {
  const transaction = begin.call(this, stores, mode, ...rest);
  if (mode === "readwrite" && [stores].flat().includes("chunks")) {
    chunks.writing++;
    transaction.addEventListener("abort", () => chunks.writing--);
    transaction.addEventListener("complete", () => {
      chunks.writing--;
      chunks.written = performance.now();
    });
  }
  return transaction;
};
