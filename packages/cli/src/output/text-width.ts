/**
 * How wide a text is on a screen, and texts made to fit. Control characters of recorded names and messages never reach the
 * terminal: a run must not be able to move somebody's cursor.
 */
import { stripVTControlCharacters } from 'node:util';
import { terminalControls } from '@millrace/kernel';

let segmenter: Intl.Segmenter | undefined;
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const controls = new RegExp(`${terminalControls.source}+`, 'g');
const colourOrControl = new RegExp(`(\\u001b\\[[\\d;]*m)|${terminalControls.source}`, 'g');
const plainAscii = /^[\x20-\x7e]*$/;

/** Cells on the screen; escape sequences take none. */
export function textWidth(text: string): number {
  if (plainAscii.test(text)) return text.length;
  const bare = stripVTControlCharacters(text);
  if (plainAscii.test(bare)) return bare.length;
  let width = 0;
  for (const { segment } of graphemes(bare)) width += wide.test(segment) ? 2 : 1;
  return width;
}

/** Recorded text as one line: line breaks and control characters become spaces. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(controls, ' ').trim();
}

/** Recorded text of several lines, without anything that moves the cursor. */
export function manyLines(text: string): string {
  return text.split(/\r?\n/).map(withoutControls).join('\n');
}

/** A line that this command composed: its colours stay, and nothing else that a terminal obeys. */
export function coloursOnly(line: string): string {
  return line.replace(colourOrControl, (_, colour: string | undefined) => colour ?? ' ');
}

function withoutControls(line: string): string {
  return stripVTControlCharacters(line).replace(controls, ' ').trimEnd();
}

/** The text, cut to that many cells with an ellipsis. For plain text only: escape sequences would be cut as well. */
export function cutTo(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width <= 1) return '…'.slice(0, Math.max(0, width));
  let used = 0;
  let kept = '';
  for (const { segment } of graphemes(text)) {
    const size = wide.test(segment) ? 2 : 1;
    if (used + size > width - 1) break;
    used += size;
    kept += segment;
  }
  return `${kept}…`;
}

/** The text, filled with spaces to that many cells. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** Made when the first text beyond ASCII comes: it takes as long to make as the rest of a short command. */
function graphemes(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}
