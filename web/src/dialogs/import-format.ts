//! What the kinds of export are called.
import type { ImportFormat } from "../types";

export const formatWords: Readonly<Record<ImportFormat, string>> = {
  csv: "CSV",
  trello: "Trello board",
  github: "GitHub issues",
};
