//! A process and all that it started, as Linux tells it.
import { readdirSync, readFileSync } from "node:fs";

export function family(id) {
  try {
    const children = readdirSync(`/proc/${id}/task`).flatMap(thread =>
      readFileSync(`/proc/${id}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
    return [id, ...children.flatMap(family)];
  } catch {
    // It is gone.
    return [];
  }
}
