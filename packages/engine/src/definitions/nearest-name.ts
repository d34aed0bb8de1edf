/** Suggests the word that a mistyped one was meant to be. */

/**
 * The word nearest to a mistyped one: the fewest letters to change, put in or leave out; undefined when none is near.
 *
 * @example
 * nearest('retrys', ['retries', 'timeout']); // 'retries'
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const changesMax = Math.max(1, Math.floor(word.length / 3));
  let best: { readonly word: string; readonly changes: number } | undefined;
  for (const candidate of known) {
    const changes = changesBetween(word.toLowerCase(), candidate.toLowerCase());
    if (changes <= changesMax && changes < (best?.changes ?? Infinity)) best = { word: candidate, changes };
  }
  return best?.word;
}

/** Levenshtein's distance, one row at a time. */
function changesBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...left].entries()) {
    const next = [at + 1];
    for (const [index, other] of [...right].entries()) {
      const [above = 0, beside = 0] = [row[index + 1], next[index]];
      next.push(Math.min(above + 1, beside + 1, (row[index] ?? 0) + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
