/** Checks the glossary itself: few words, each defined once. */
import type { Finding } from '../tidy/rule.ts';

const WORDS_MAX = 25;
const FILE = 'docs/glossary.md';

/** Findings about the text of the glossary. */
export function checkGlossary(text: string): readonly Finding[] {
  const words = [...text.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map((match) => match[1] ?? '');
  const broken = { rule: 'glossary', file: FILE, line: 1 };
  const twice = words.filter((word, index) => words.indexOf(word) !== index);
  return [
    ...(words.length === 0 ? [{ ...broken, message: 'no words', fix: 'Write each as | **word** | meaning |.' }] : []),
    ...(words.length > WORDS_MAX
      ? [{ ...broken, message: `${words.length} words, at most ${WORDS_MAX}`, fix: 'Take out the plainest.' }]
      : []),
    ...twice.map((word) => ({ ...broken, message: `'${word}' is defined twice`, fix: 'Keep one.' })),
  ];
}
