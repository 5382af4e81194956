//! Where the work stands, in a sentence or two.
import { deviceWord } from "../app/layout";
import { clock, happened } from "../parts/when";
import type { Status } from "../types";

/** What the outbox says under its title. */
export function outboxSentence(status: Status): string {
  const device = deviceWord();
  const known = status.last_contact_ms === null ? "" : ` Others’ work known up to ${happened(status.last_contact_ms)}.`;
  switch (status.connection) {
    case "signed_out":
      return "Signed out. What you did is kept here and lands when you are signed in again.";
    case "forbidden":
      return "The workspace no longer lists you. What had not landed is in the inbox; you can save it to a file.";
    case "update_needed":
      return "The server speaks a newer version. Load the page again; what you did is kept.";
    case "offline":
      return status.pending > 0
        ? `Offline. What you do is kept on this ${device} and lands when you are back.${known}`
        : `Offline. You can keep working.${known}`;
    case "connecting":
      return `Looking for the server. You can keep working.${known}`;
    case "online":
      break;
  }
  if (status.landing) return `Landing ${status.landing.done} of ${status.landing.total}. You can keep working.`;
  if (status.in_doubt > 0) return "Online. We ask again for what is in doubt, and never send it twice.";
  if (status.pending > 0) return "Online. You can keep working.";
  if (!status.caught_up) return "Online. Reading what others did meanwhile.";
  return status.landed_ms === null ? "Online." : `All landed ${clock(status.landed_ms)}.`;
}
