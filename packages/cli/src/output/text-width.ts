/**
 * The width of text on a screen, and text made to fit. Control characters in recorded names and messages never reach the terminal,
 * because a run must not be able to move the reader's cursor.
 */
import { createRequire } from 'node:module';
import { stripVTControlCharacters } from 'node:util';
import { terminalControls } from '@millrace/kernel';

let segmenter: Intl.Segmenter | undefined;
let widthOf: ((text: string) => number) | undefined;
const controls = new RegExp(`${terminalControls.source}+`, 'g');
const colourOrControl = new RegExp(`(\\u001b\\[[\\d;]*m)|${terminalControls.source}`, 'g');
/** ASCII and the symbols of this command: one cell a character. */
const singleCells = /^[\x20-\x7e✓✗‼⊘◐●○◌‖├└│─━·×…]*$/;
const load = createRequire(import.meta.url);

/** The number of cells on the screen; escape sequences take none. */
export function textWidth(text: string): number {
  if (singleCells.test(text)) return text.length;
  const bare = stripVTControlCharacters(text);
  return singleCells.test(bare) ? bare.length : unicodeWidth(bare);
}

/** Recorded text as one line: line breaks and control characters become spaces. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(controls, ' ').trim();
}

/** Recorded text of several lines, without characters that move the cursor. */
export function manyLines(text: string): string {
  return text.split(/\r?\n/).map(withoutControls).join('\n');
}

/** A line composed by this command: colours stay, every other control sequence goes. */
export function coloursOnly(line: string): string {
  return line.replace(colourOrControl, (_, colour: string | undefined) => colour ?? ' ');
}

function withoutControls(line: string): string {
  return stripVTControlCharacters(line).replace(controls, ' ').trimEnd();
}

/** The text, cut to `width` cells with an ellipsis. For text without escape sequences, because those could be cut in the middle. */
export function cutTo(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 1) return '…'.slice(0, Math.max(0, width));
  let used = 0;
  let kept = '';
  for (const { segment } of graphemes(text)) {
    const size = textWidth(segment);
    if (used + size > width - 1) break;
    used += size;
    kept += segment;
  }
  return `${kept}…`;
}

/** The text, padded with spaces to `width` cells. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** Loads the Unicode tables at the first text that needs them, because loading takes some 30 ms. */
function unicodeWidth(text: string): number {
  widthOf ??= (load('string-width') as typeof import('string-width')).default;
  return widthOf(text);
}

/** Creates the segmenter at the first cut, because that takes some 10 ms. */
function graphemes(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}
