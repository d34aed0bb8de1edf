/**
 * The part of the screen that is redrawn while runs are unfinished. Other output to the terminal scrolls by above it: the view wraps
 * the streams, erases itself before each write and redraws itself after it.
 *
 * It never draws while the program is in the middle of a line, and it restores the streams at the end.
 */
import type { Channel } from '../output/terminal.ts';
import { textWidth } from '../output/text-width.ts';

/** A stream whose output appears above the view. */
export interface WatchedStream {
  write: NodeJS.WriteStream['write'];
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
/** The terminal shows the text between these two at once, without flicker. */
const beginFrame = '\u001b[?2026h';
const endFrame = '\u001b[?2026l';

export class LiveView {
  readonly #channel: Channel;
  readonly #restore: (() => void)[] = [];
  readonly #write: (text: string) => void;
  #lines: readonly string[] = [];
  /** The number of rows on the screen that the view takes now. */
  #rowCount = 0;
  /** Restores the cursor if the process ends in the middle of a run. */
  readonly #onExit = (): void => this.#write(showCursor);
  #isAtLineStart = true;
  #isDrawing = false;
  #isEnded = false;

  /**
   * @param channel the terminal to draw on
   * @param streams the streams that write to the same terminal
   */
  constructor(channel: Channel, streams: readonly WatchedStream[]) {
    this.#channel = channel;
    for (const stream of streams) this.#watch(stream);
    this.#write = (text) => {
      this.#isDrawing = true;
      channel.write(text);
      this.#isDrawing = false;
    };
    this.#write(hideCursor);
    process.once('exit', this.#onExit);
  }

  /** Replaces the lines of the view. */
  draw(lines: readonly string[]): void {
    if (this.#isEnded) return;
    this.#lines = fitted(lines, this.#channel);
    if (this.#isAtLineStart) this.#show();
  }

  /** Draws the final lines uncut, leaves them on the screen and restores the streams. */
  end(lines: readonly string[]): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const before = this.#isAtLineStart ? this.#eraser() : '\n';
    this.#write(`${before}${lines.map((line) => `${line}\n`).join('')}${showCursor}`);
    process.off('exit', this.#onExit);
    for (const restore of this.#restore) restore();
  }

  #show(): void {
    const text = this.#lines.map((line) => `${line}\n`).join('');
    this.#write(`${beginFrame}${this.#eraser()}${text}${endFrame}`);
    this.#rowCount = this.#lines.reduce((sum, line) => sum + rowsOf(line, this.#channel.columns), 0);
  }

  /** Row by row, because tmux copies a screen that is cleared from its top into the scrollback. */
  #eraser(): string {
    const up = `\u001b[${this.#rowCount}A`;
    const text = this.#rowCount === 0 ? '' : `${up}\r${'\u001b[2K\u001b[1B'.repeat(this.#rowCount)}${up}`;
    this.#rowCount = 0;
    return text;
  }

  #watch(stream: WatchedStream): void {
    const original = stream.write;
    const isOwn = Object.hasOwn(stream, 'write');
    const watched = (...args: Parameters<NodeJS.WriteStream['write']>): boolean => {
      if (this.#isDrawing || this.#isEnded) return original.apply(stream, args);
      if (this.#rowCount > 0) this.#write(this.#eraser());
      const accepted = original.apply(stream, args);
      this.#isAtLineStart = endsLine(args[0]);
      if (this.#isAtLineStart) this.#show();
      return accepted;
    };
    stream.write = watched as NodeJS.WriteStream['write'];
    this.#restore.push(() => {
      if (isOwn) stream.write = original;
      else Reflect.deleteProperty(stream, 'write');
    });
  }
}

function endsLine(chunk: string | Uint8Array): boolean {
  return typeof chunk === 'string' ? chunk.endsWith('\n') : chunk.at(-1) === 10;
}

function rowsOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(textWidth(line) / columns));
}

/** As many lines as there are rows for; the last one gives the number of lines omitted. */
function fitted(lines: readonly string[], { rows, columns }: Channel): readonly string[] {
  const needed = lines.map((line) => rowsOf(line, columns));
  // One row is left for the cursor.
  if (needed.reduce((sum, one) => sum + one, 0) < rows) return lines;
  let used = 2;
  const shown = lines.filter((_, index) => {
    used += needed[index] ?? 1;
    return used <= rows;
  });
  return [...shown, `… ${lines.length - shown.length} more lines`];
}
