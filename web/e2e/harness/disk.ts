//! The space that a browser grants: really used up by another database of the same site, and really given back.
import type { Person } from "./person";

/** What a site may store here, in kilobytes: the app with its engine takes about 4,000 of it. */
export const SPACE_KB = 30_000;

/** Stores what cannot be compressed, in ever smaller pieces, until the browser takes not even a small one. */
export function usesUpTheSpace(person: Person): Promise<void> {
  return person.page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open("photographs");
      opening.onupgradeneeded = () => opening.result.createObjectStore("photographs", { autoIncrement: true });
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    const fits = (bytes: number) =>
      new Promise<boolean>(resolve => {
        const piece = new Uint8Array(bytes);
        for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(piece.subarray(at, at + 65_536));
        const transaction = database.transaction("photographs", "readwrite");
        transaction.oncomplete = () => resolve(true);
        transaction.onabort = () => resolve(false);
        try {
          transaction.objectStore("photographs").put(piece);
        } catch {
          // Firefox: after a write that did not fit, the next transaction may only delete.
          transaction.abort();
        }
      });
    for (const bytes of [1_000_000, 100_000, 10_000, 1_000]) {
      // Twice, for the sake of that transaction which may only delete.
      while ((await fits(bytes)) || (await fits(bytes)));
    }
    database.close();
  });
}

/** The photographs are thrown away. Chromium counts them until it tidies its files, which it does when it likes: it is given as much more. */
export async function makesRoom(person: Person): Promise<void> {
  if (person.device.engine === "chromium") await person.device.grants(2 * SPACE_KB);
  await person.page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const deleting = indexedDB.deleteDatabase("photographs");
        deleting.onsuccess = () => resolve();
        deleting.onerror = () => reject(deleting.error);
      }),
  );
}
