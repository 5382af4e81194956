//! What kind of export a file is, told from its own words rather than from its name.
import type { ImportFormat } from "../types";

export const formatWords: Readonly<Record<ImportFormat, string>> = {
  csv: "CSV",
  trello: "Trello board",
  github: "GitHub issues",
};

/** The format of a text; null when it is none that we read. */
export function detectFormat(name: string, text: string): ImportFormat | null {
  const start = text.trimStart().slice(0, 1);
  if (start === "{" || start === "[") {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return null;
    }
    if (Array.isArray(value)) return "github";
    if (typeof value !== "object" || value === null) return null;
    if ("cards" in value || "lists" in value) return "trello";
    return "items" in value || "issues" in value || "title" in value ? "github" : null;
  }
  if (/\.(csv|tsv|txt)$/i.test(name)) return "csv";
  const firstLine = text.split(/\r?\n/, 1)[0] ?? "";
  return /[,;\t]/.test(firstLine) ? "csv" : null;
}
