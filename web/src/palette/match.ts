//! Type-ahead: how well a few typed letters name one of the things that can be done.

/** How near `typed` comes to `words`: 0 is not at all, more is nearer. */
export function nearness(typed: string, label: string, synonyms: readonly string[]): number {
  const wanted = typed.trim().toLowerCase();
  if (wanted === "") return 1;
  const name = label.toLowerCase();
  if (name.startsWith(wanted)) return 6;
  if (startsAWord(name, wanted)) return 5;
  const others = synonyms.map(synonym => synonym.toLowerCase());
  if (others.some(synonym => synonym.startsWith(wanted))) return 4;
  if (others.some(synonym => startsAWord(synonym, wanted))) return 3;
  const parts = wanted.split(/\s+/);
  const all = [name, ...others].join(" ");
  if (parts.every(part => startsAWord(all, part))) return 2;
  return 0;
}

function startsAWord(text: string, beginning: string): boolean {
  return text === beginning || text.startsWith(beginning) || text.includes(` ${beginning}`);
}

/** The things that match, nearest first; among equals the order given, which is the likely one. */
export function matching<Item>(
  items: readonly Item[],
  typed: string,
  named: (item: Item) => { label: string; synonyms: readonly string[] },
): Item[] {
  if (typed.trim() === "") return [...items];
  return items
    .map((item, index) => {
      const { label, synonyms } = named(item);
      return { item, index, near: nearness(typed, label, synonyms) };
    })
    .filter(one => one.near > 0)
    .sort((one, other) => other.near - one.near || one.index - other.index)
    .map(one => one.item);
}
