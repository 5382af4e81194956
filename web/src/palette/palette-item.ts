//! One line of the palette.
import type { IconName } from "../parts/icon";
import type { Phrase } from "../types";

/** Something that can be done, or cannot be done now and why. */
export type PaletteItem = {
  readonly key: string;
  readonly words: string;
  readonly hint: string | null;
  readonly icon: IconName;
  readonly synonyms: readonly string[];
  readonly notNow?: string | Phrase;
  readonly run: () => void;
};
