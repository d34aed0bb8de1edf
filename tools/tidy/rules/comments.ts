/** Comments that must be there (a header in each module) and that must not (unfinished work, suppressed checks with no reason). */
import { type Finding, lineOf, type Rule, type TidyFile } from '../rule.ts';

const HEADER_LENGTH_MIN = 20;
const REASON_LENGTH_MIN = 10;

/** Each module begins with a comment that says why it exists. */
export const header: Rule = {
  name: 'header',
  summary: 'Each module begins with a comment: why it exists, what it may assume, what it never does.',
  check({ path, text, role, tree }) {
    if (tree === undefined || role === 'test' || text.trim() === '') return [];
    const start = text.replace(/^#![^\n]*\n/, '').trimStart();
    const comment = /^(?:\/\*[\s\S]*?\*\/|(?:\/\/[^\n]*\n?)+)/.exec(start)?.[0] ?? '';
    if (comment.replace(/[/*\s]+/g, ' ').trim().length >= HEADER_LENGTH_MIN) return [];
    const fix = 'Begin the file with a sentence or more: why it exists, what it may assume, what it never does.';
    return [{ rule: 'header', file: path, line: 1, message: 'no header comment', fix }];
  },
};

/** No unfinished work is left in comments, and no decorative separators. */
export const leftovers: Rule = {
  name: 'leftover',
  summary: 'No to-do marks, no banner comments.',
  check(file) {
    if (file.tree === undefined || file.path.startsWith('tools/tidy/')) return [];
    return [
      ...matches(file, /\/[/*].*\b(?:TODO|FIXME|XXX|HACK)\b/g, (text) => ({
        rule: 'leftover',
        message: `unfinished work: ${text.trim().slice(0, 60)}`,
        fix: 'Do it now or write it into an issue.',
      })),
      ...matches(file, /^[ \t]*(?:\/\/|\/\*|\*)[ \t]*[-=*#~]{6,}/gm, () => ({
        rule: 'leftover',
        message: 'a banner comment',
        fix: 'Remove it; if the file needs parts, it needs to be several files.',
      })),
    ];
  },
};

/** A suppressed check says why. `@ts-expect-error` and `@ts-nocheck` are never right, since they also hide what was not meant. */
export const suppressions: Rule = {
  name: 'suppression',
  summary: 'A suppressed check says why; @ts-ignore and @ts-nocheck are not used.',
  check(file) {
    if (file.tree === undefined || file.path.startsWith('tools/tidy/')) return [];
    const reasonless = (text: string, mark: RegExp): boolean =>
      text.replace(mark, '').trim().length < REASON_LENGTH_MIN;
    const typeTest = file.path.endsWith('.test-d.ts');
    return [
      ...matches(file, /@ts-(?:ignore|nocheck)\b.*/g, () => ({
        rule: 'suppression',
        message: '@ts-ignore or @ts-nocheck',
        fix: 'Fix the type, or use @ts-expect-error with its reason.',
      })),
      ...matches(file, /(?:@ts-expect-error|biome-ignore(?:-all|-start)?)\b.*/g, (text) => {
        if (
          text.startsWith('@ts-expect-error')
            ? typeTest || !reasonless(text, /^@ts-expect-error[\s:-]*/)
            : !reasonless(text, /^[^:]*:?/)
        )
          return;
        return {
          rule: 'suppression',
          message: `no reason: ${text.slice(0, 60)}`,
          fix: 'Write why the check is wrong here.',
        };
      }),
    ];
  },
};

type Described = Pick<Finding, 'rule' | 'message' | 'fix'>;

function matches(
  file: TidyFile,
  pattern: RegExp,
  describe: (text: string) => Described | undefined,
): readonly Finding[] {
  return [...file.text.matchAll(pattern)].flatMap((match) => {
    const described = describe(match[0]);
    return described === undefined ? [] : [{ ...described, file: file.path, line: lineOf(file.text, match.index) }];
  });
}
