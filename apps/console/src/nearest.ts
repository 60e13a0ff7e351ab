/** Longer words are no typo of a name. */
const MAX_WORD = 64;

/** The name that a mistyped word most likely means; null when none is near. */
export function nearestOf(names: readonly string[], word: string): string | null {
  if (word.length > MAX_WORD) return null;
  const [near] = names
    .map((name) => ({ name, edits: name.startsWith(word) ? 0 : editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  return near !== undefined && near.edits <= Math.max(1, near.name.length / 3) ? near.name : null;
}

/** Letters to insert, remove, replace or swap with the next (optimal string alignment). */
function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const above = rows[i - 1]!;
      const replaced = above[j - 1]! + (isSame ? 0 : 1);
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, replaced, isSwap ? rows[i - 2]![j - 2]! + 1 : replaced));
    }
    rows.push(row);
  }
  return rows[from.length]![to.length]!;
}
