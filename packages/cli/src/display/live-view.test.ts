import { describe, expect, it } from 'vitest';
import { type Channel, channelOver } from '../output/terminal.ts';
import { LiveView, type WatchedStream } from './live-view.ts';

const escapeMark = String.fromCharCode(27);
const parts = new RegExp(`${escapeMark}\\[[?0-9]*[A-Za-z]|\\r|\\n|[^${escapeMark}\\r\\n]+`, 'g');
const cursorUp = new RegExp(`^${escapeMark}\\[(\\d+)A$`);

/** As much of a terminal as the view uses: text, cursor up and down, clear a row. Clearing the screen adds to the scrollback. */
class Screen {
  readonly #lines: string[] = [''];
  #row = 0;
  isCursorShown = true;
  copiesInScrollback = 0;

  readonly write = (chunk: string | Uint8Array): boolean => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    for (const [part] of text.matchAll(parts)) this.#put(part);
    return true;
  };

  get text(): string {
    return this.#lines.join('\n').trimEnd();
  }

  #put(part: string): void {
    const up = cursorUp.exec(part)?.[1];
    if (up !== undefined) this.#row = Math.max(0, this.#row - Number(up));
    else if (part === '\u001b[1B') this.#row = Math.min(this.#lines.length - 1, this.#row + 1);
    else if (part === '\u001b[2K') this.#lines[this.#row] = '';
    else if (/J$/.test(part) && part.startsWith(escapeMark)) this.copiesInScrollback += 1;
    else if (part === '\u001b[?25l') this.isCursorShown = false;
    else if (part === '\u001b[?25h') this.isCursorShown = true;
    else if (part === '\n') {
      this.#row += 1;
      if (this.#row === this.#lines.length) this.#lines.push('');
    } else if (!part.startsWith('\u001b') && part !== '\r')
      this.#lines[this.#row] = (this.#lines[this.#row] ?? '') + part;
  }
}

function setUp(rows = 24): { screen: Screen; stream: WatchedStream; channel: Channel; view: LiveView } {
  const screen = new Screen();
  const stream = { write: screen.write as WatchedStream['write'] };
  const channel = { ...channelOver({ write: (text) => stream.write(text) }, {}), isTty: true, columns: 80, rows };
  return { screen, stream, channel, view: new LiveView(channel, [stream]) };
}

describe('the live view', () => {
  it('draws over what it drew before', () => {
    const { screen, view } = setUp();
    view.draw(['a', 'b', 'c']);
    view.draw(['a', 'B']);
    expect(screen.text).toBe('a\nB');
    expect(screen.copiesInScrollback).toBe(0);
  });

  it('lets other output scroll by above it, whole and in order', () => {
    const { screen, stream, view } = setUp();
    view.draw(['tree 1']);
    stream.write('first\n');
    stream.write('second\n');
    view.draw(['tree 2']);
    expect(screen.text).toBe('first\nsecond\ntree 2');
  });

  it('stays away while the program stands in the middle of a line', () => {
    const { screen, stream, view } = setUp();
    view.draw(['tree']);
    stream.write('loading ');
    view.draw(['tree']);
    expect(screen.text).toBe('loading');
    stream.write('done\n');
    expect(screen.text).toBe('loading done\ntree');
  });

  it('leaves the last lines, the cursor and the streams as they should be', () => {
    const { screen, stream, view } = setUp();
    const before = Object.getOwnPropertyDescriptor(stream, 'write');
    expect(screen.isCursorShown).toBe(false);
    view.draw(['under way']);
    view.end(['over']);
    expect(screen.isCursorShown).toBe(true);
    stream.write('after\n');
    view.draw(['too late']);
    expect(screen.text).toBe('over\nafter');
    expect(before).toBeDefined();
    expect(stream.write).toBe(screen.write);
  });

  it('is never higher than the screen, and leaves out nothing in the end', () => {
    const { screen, view } = setUp(5);
    const lines = Array.from({ length: 10 }, (_, index) => `line ${index}`);
    view.draw(lines);
    expect(screen.text.split('\n')).toEqual(['line 0', 'line 1', 'line 2', '… 7 more lines']);
    view.end(lines);
    expect(screen.text.split('\n')).toEqual(lines);
  });
});
