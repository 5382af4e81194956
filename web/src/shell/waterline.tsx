//! The waterline: dashed while offline, an accent run while landing, solid when all is landed.
import "./waterline.css";
import type { JSX } from "solid-js";
import { useApp } from "../app/context";

/** One pixel under the top bar; the words are in the pill. */
export function Waterline(): JSX.Element {
  const app = useApp();
  const state = () => {
    const status = app.status();
    if (status.landing) return "landing";
    return status.connection === "online" ? "solid" : "dashed";
  };
  const share = () => {
    const landing = app.status().landing;
    return landing && landing.total > 0 ? landing.done / landing.total : 0;
  };
  return <div class="waterline" data-state={state()} style={{ "--share": share() }} aria-hidden="true" />;
}
