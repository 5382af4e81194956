//! How many things wait for a decision of this person.
import type { Accessor } from "solid-js";
import type { App } from "../app/context";
import { useForYou } from "../inbox/inbox-state";

/** Rejected commands, and tasks that others hand over, submit or send back to this person. */
export function useInboxCount(app: App): Accessor<number> {
  const forYou = useForYou(app);
  return () => app.status().rejected + forYou().length;
}
