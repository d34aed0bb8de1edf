/**
 * The ratchet: findings that are known and allowed for now, each with its reason. The list holds at most ten and only shrinks:
 * an entry that no finding needs any more is itself a finding.
 */
import type { Finding } from './rule.ts';

const ENTRIES_MAX = 10;
const REASON_LENGTH_MIN = 20;
const DEBT_FILE = 'tools/tidy/debt.json';

/** One allowed pair of rule and file. */
export interface Debt {
  readonly rule: string;
  readonly file: string;
  readonly reason: string;
}

/** Parses the text of the debt file. Throws an Error that names what is wrong with it. */
export function parseDebt(text: string): readonly Debt[] {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) throw new Error(`${DEBT_FILE} has to be a list of { rule, file, reason }.`);
  return parsed.map((entry: unknown): Debt => {
    const { rule, file, reason } = (entry ?? {}) as Partial<Record<keyof Debt, unknown>>;
    if (
      typeof rule !== 'string' ||
      typeof file !== 'string' ||
      typeof reason !== 'string' ||
      reason.length < REASON_LENGTH_MIN
    ) {
      throw new Error(
        `${DEBT_FILE}: each entry needs rule, file and a reason of ${REASON_LENGTH_MIN} letters or more.`,
      );
    }
    return { rule, file, reason };
  });
}

/** Takes the allowed findings away and adds one for each way in which the list itself is wrong. */
export function applyDebt(findings: readonly Finding[], debts: readonly Debt[]): readonly Finding[] {
  const covers = (debt: Debt, finding: Finding): boolean => debt.rule === finding.rule && debt.file === finding.file;
  const open = findings.filter((finding) => !debts.some((debt) => covers(debt, finding)));
  const paid = debts.filter((debt) => !findings.some((finding) => covers(debt, finding)));
  const broken = { rule: 'debt', file: DEBT_FILE, line: 1 };
  return [
    ...open,
    ...paid.map((debt) => ({ ...broken, message: `${debt.rule} in ${debt.file} is paid`, fix: 'Remove its entry.' })),
    ...(debts.length > ENTRIES_MAX
      ? [{ ...broken, message: `${debts.length} entries, at most ${ENTRIES_MAX}`, fix: 'Pay one back first.' }]
      : []),
  ];
}
