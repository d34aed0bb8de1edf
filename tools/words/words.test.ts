import { describe, expect, test } from 'vitest';
import { toTidyFile } from '../tidy/read-files.ts';
import { checkWords } from './check-words.ts';
import { lowered, overdrawn } from './debt.ts';
import { checkGlossary } from './glossary.ts';

const SOURCE = 'packages/kernel/src/states/state.ts';

function refused(text: string, path = SOURCE): readonly string[] {
  return checkWords(toTidyFile(path, text)).map(({ line, message }) => `${line}: ${message}`);
}

describe('names', () => {
  test.each([
    ['const freePlaces = 1;', 'freePlaces'],
    ['function tellOfEnd() {}', 'tellOfEnd'],
    ['class A { #hint = 1; }', '#hint'],
    ['class A { isParked() {} }', 'isParked'],
    ['interface Told { readonly a: 1 }', 'Told'],
    ['export const PARKED_MAX = 1;', 'PARKED_MAX'],
    ['const f = (waker: number) => 1;', 'waker'],
  ])('%s', (code, name) => {
    expect(refused(code)).toEqual([`1: the name '${name}'`]);
  });

  test('a use is found where the name is declared, not again', () => {
    expect(refused("import { told } from './told-apart.ts';\nexport const a = told + told;\n")).toEqual([]);
  });

  test('a file name', () => {
    expect(refused('', 'packages/engine/src/runs/tell-of-end.ts')).toEqual([
      "1: 'tell-of-end.ts' is named after 'tell'",
    ]);
  });

  test.each([
    'const replace = 1;',
    'const inPlace = 1;',
    'const heldSlots = 1;',
    'const isQuiet = true;',
    'const years = 1;',
  ])('allowed: %s', (code) => {
    expect(refused(code)).toEqual([]);
  });
});

describe('comments', () => {
  test.each([
    '/** A list that nobody wanted the end of. */',
    '/** What was thrown. */',
    '// Whoever comes second waits.',
    '/**\n * Sends it to the parent, which is\n * told of the end.\n */',
    '// The run is parked\n// and its body called again.',
    '/** Gives up after a while. */',
    '/** One hint a second. */',
    'const a = 1; // Carries it out.',
  ])('%s', (comment) => {
    expect(refused(`${comment}\nexport const b = 1;\n`)).not.toEqual([]);
  });

  test.each([
    '/** What may it be? */',
    '/** Two runs that only their ids tell apart. */',
    '/** Takes the place of the row that was there. */',
    '/** A slot that is held stays held. */',
    '/** Lets a waiting run go on. */',
    '/** `park` is an option of the flow. */',
  ])('allowed: %s', (comment) => {
    expect(refused(`${comment}\nexport const b = 1;\n`)).toEqual([]);
  });

  test('what only looks like a comment is none', () => {
    expect(refused("export const a = '// What was told';\nexport const b = /\\/\\* nobody/;\n", 'tests/a.ts')).toEqual(
      [],
    );
  });
});

describe('messages', () => {
  test('a message of the sources names its subject', () => {
    const code = "throw new Error('nobody looked');\nthrow new Error(`${a} and somebody`);\n";
    expect(refused(code)).toHaveLength(2);
    expect(refused(code, 'tests/a.test.ts')).toEqual([]);
  });
});

describe('the debt', () => {
  const findings = (count: number, file: string) =>
    Array.from({ length: count }, () => ({ rule: 'word', file, line: 1, message: '', fix: '' }));

  test('allows as many findings as it says, by package', () => {
    const found = [...findings(2, 'packages/engine/src/a.ts'), ...findings(1, 'tests/laws/a.ts')];
    expect([...overdrawn(found, { 'packages/engine': 2, tests: 1 })]).toEqual([]);
    expect([...overdrawn(found, { 'packages/engine': 1, tests: 1 })]).toEqual(['packages/engine']);
    expect([...overdrawn(found, {})]).toEqual(['packages/engine', 'tests']);
  });

  test('only shrinks', () => {
    const found = findings(2, 'packages/engine/src/a.ts');
    expect(lowered(found, { 'packages/engine': 3, tests: 1 })).toEqual({ 'packages/engine': 2 });
    expect(lowered(found, { 'packages/engine': 1 })).toEqual({ 'packages/engine': 1 });
    expect(lowered(found, {})).toEqual({});
  });
});

test('the glossary has 25 words at most, each once', () => {
  const row = (word: string): string => `| **${word}** | a |\n`;
  expect(checkGlossary(row('run') + row('call'))).toEqual([]);
  expect(checkGlossary(row('run') + row('run'))).toMatchObject([{ message: "'run' is defined twice" }]);
  expect(checkGlossary('')).toHaveLength(1);
  expect(checkGlossary(Array.from({ length: 26 }, (_, n) => row(`word ${n}`)).join(''))).toHaveLength(1);
});
