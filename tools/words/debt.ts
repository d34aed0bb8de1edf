/**
 * The words that are still to go, counted by package or top folder, because files move while they are mended. A count only
 * shrinks: more findings than it says fail the check, fewer are written back with `--lower`.
 */
import type { Finding } from '../tidy/rule.ts';

/** Findings allowed for now, by area. An area that is not in it has none. */
export type WordDebt = Readonly<Record<string, number>>;

/** The package or top folder that a path belongs to. */
export function areaOf(path: string): string {
  const parts = path.split('/');
  const depth = parts[0] === 'packages' || parts[0] === 'integrations' ? 2 : 1;
  return parts.length > depth ? parts.slice(0, depth).join('/') : '.';
}

/** How many findings each area has. */
export function countByArea(findings: readonly Finding[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { file } of findings) counts[areaOf(file)] = (counts[areaOf(file)] ?? 0) + 1;
  return counts;
}

/** Areas that have more findings than they may. */
export function overdrawn(findings: readonly Finding[], debt: WordDebt): ReadonlySet<string> {
  const counts = Object.entries(countByArea(findings));
  return new Set(counts.filter(([area, count]) => count > (debt[area] ?? 0)).map(([area]) => area));
}

/** The debt without what has been paid; no count of it grows. */
export function lowered(findings: readonly Finding[], debt: WordDebt): WordDebt {
  const counts = countByArea(findings);
  const left = Object.entries(debt).map(([area, count]): [string, number] => [
    area,
    Math.min(count, counts[area] ?? 0),
  ]);
  return Object.fromEntries(left.filter(([, count]) => count > 0));
}
