//! Which view the address names, and going to another one. Addresses are the deep links people share.
import { createMemo, createRoot, createSignal } from "solid-js";

/** A place in the app. `task` is the task whose panel is open there. */
export type Route =
  | { at: "home" }
  | { at: "join"; code: string }
  | { at: "board" | "list"; log: string; board: string; task: string | null }
  | { at: "workspace" | "inbox" | "my-work" | "search" | "discarded"; log: string; task: string | null };

const here = () => location.pathname + location.search;
const [address, setAddress] = createSignal(here());
addEventListener("popstate", () => setAddress(here()));

function parse(text: string): Route {
  const url = new URL(text, location.origin);
  const [first, second, third, fourth] = url.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  const task = url.searchParams.get("task");
  if (first === "join" && second) return { at: "join", code: second };
  if (first !== "w" || !second) return { at: "home" };
  if ((third === "board" || third === "list") && fourth) return { at: third, log: second, board: fourth, task };
  if (third === "inbox" || third === "my-work" || third === "search" || third === "discarded") {
    return { at: third, log: second, task };
  }
  return { at: "workspace", log: second, task };
}

const current = createRoot(() => createMemo(() => parse(address())));
/** The place that the address names. */
export const route = (): Route => current();

/** The words behind `?q=` on the search view, and other parameters. */
export const parameter = (name: string): string | null => new URLSearchParams(address().split("?")[1] ?? "").get(name);

/** The present address with this task's panel open. */
export function taskLink(task: string): string {
  const url = new URL(address(), location.origin);
  url.searchParams.set("task", task);
  return url.pathname + url.search;
}

/** Goes to an address inside the app. */
export function go(path: string, options?: { replace?: boolean }): void {
  if (path === here()) return;
  if (options?.replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  setAddress(path);
}

/** Changes one parameter of the present address; null removes it. */
export function setParameter(name: string, value: string | null, options?: { replace?: boolean }): void {
  const url = new URL(location.href);
  if (value === null) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  go(url.pathname + url.search, options);
}

/** Lets plain clicks on links inside the app stay in the app; others (new tab, download) are left to the browser. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname.startsWith("/api/")) return;
  event.preventDefault();
  go(link.pathname + link.search);
}
