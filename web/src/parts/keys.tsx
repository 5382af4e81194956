//! A key as it stands on the keyboard.
import "./keys.css";
import type { JSX } from "solid-js";

/** True where the command key does what Ctrl does elsewhere. */
export const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Mod stands for Ctrl or ⌘. */
export function Keys(props: { of: string }): JSX.Element {
  return <kbd class="keys">{props.of.replace("Mod", isApple ? "⌘" : "Ctrl")}</kbd>;
}
