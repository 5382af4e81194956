//! Light or dark: as the system has it, or as this person chose on this device.
import { createSignal } from "solid-js";

export type Theme = "system" | "light" | "dark";

const KEY = "landfall.theme";
const stored = (): Theme => {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
};

const [theme, setSignal] = createSignal<Theme>(stored());

export { theme };

/** Draws the page in that theme from now on. */
export function setTheme(next: Theme): void {
  setSignal(next);
  applyTheme();
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // It holds until the page is closed.
  }
}

/** Sets what the tokens look at. */
export function applyTheme(): void {
  if (theme() === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme();
}
