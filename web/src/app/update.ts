//! The service worker: keeps the app's shell on the device, and asks before a new version takes over.
import { createSignal } from "solid-js";

const CHECK_MS = 60 * 60 * 1000;

const [waiting, setWaiting] = createSignal<ServiceWorker | null>(null);
/** True when a new version lies ready. */
export const updateReady = (): boolean => waiting() !== null;

/** Lets the new version take over, and loads the page anew. What has not landed stays where it is, on this device. */
export function takeUpdate(): void {
  const worker = waiting();
  if (!worker) return;
  if (worker.state === "installed") {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    worker.postMessage({ type: "SKIP_WAITING" });
  } else {
    // Another tab has said yes: the new version is in charge already, and only this page is of the old one.
    location.reload();
  }
}

/** Goes on with the present version; the question returns with the next start. */
export const postponeUpdate = (): void => {
  setWaiting(null);
};

/** Registers the worker and watches for new versions. A browser without service workers just works online. */
export async function watchForUpdates(): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return;
  let registration: ServiceWorkerRegistration;
  try {
    registration = await navigator.serviceWorker.register("/sw.js", { scope: "/" });
  } catch {
    return;
  }
  const ready = (worker: ServiceWorker | null) => {
    // Without a controller this is the first install: there is nothing older to replace.
    if (worker && navigator.serviceWorker.controller) setWaiting(worker);
  };
  ready(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => worker.state === "installed" && ready(worker));
  });
  let checked = Date.now();
  const check = () => {
    if (Date.now() - checked < CHECK_MS) return;
    checked = Date.now();
    registration.update().catch(() => undefined);
  };
  addEventListener("online", check);
  document.addEventListener("visibilitychange", check);
  setInterval(check, CHECK_MS);
}
