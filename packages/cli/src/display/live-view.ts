/**
 * The part of the screen that is drawn again and again while runs are under way. Whatever else is written to the terminal
 * meanwhile scrolls by above it: the streams are watched, the view is taken away before they write and put back after.
 *
 * It never draws while the program stands in the middle of a line, and it leaves the streams as it found them.
 */
import type { Channel } from '../output/terminal.ts';
import { textWidth } from '../output/text-width.ts';

/** A stream whose writes the view must make way for. */
export interface WatchedStream {
  write: NodeJS.WriteStream['write'];
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
/** The terminal shows what is between them at once: no flicker. */
const beginFrame = '\u001b[?2026h';
const endFrame = '\u001b[?2026l';

export class LiveView {
  readonly #channel: Channel;
  readonly #restore: (() => void)[] = [];
  readonly #write: (text: string) => void;
  #lines: readonly string[] = [];
  /** How many rows of the screen the view takes now. */
  #rowCount = 0;
  /** Whoever ends the process in the middle of a run gets the cursor back. */
  readonly #onExit = (): void => this.#write(showCursor);
  #isAtLineStart = true;
  #isDrawing = false;
  #isEnded = false;

  /**
   * @param channel the terminal it draws on
   * @param streams the streams that end up on the same terminal
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

  /** Draws these lines in place of the last ones. */
  draw(lines: readonly string[]): void {
    if (this.#isEnded) return;
    this.#lines = fitted(lines, this.#channel);
    if (this.#isAtLineStart) this.#show();
  }

  /** Draws the last lines, whole, leaves them on the screen and gives the streams back. */
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

  /** Row by row: of a screen that is cleared from its top on, tmux puts a copy into its scrollback, ten times a second. */
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

/** As many lines as there are rows for; the last one says how many are left out. */
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
