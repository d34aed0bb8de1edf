import { terminalControls } from '@millrace/kernel';
import { stateLooks } from '@millrace/views';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { writeFields, writeTable } from './table.ts';
import { type Channel, channelOver, wantsColor, wantsUnicode } from './terminal.ts';
import { cutTo, manyLines, oneLine, padTo, textWidth } from './text-width.ts';

function page(columns = Number.POSITIVE_INFINITY): Channel & { readonly text: () => string } {
  let written = '';
  const write = (text: string): boolean => {
    written += text;
    return true;
  };
  const channel = channelOver({ write }, {});
  return { ...channel, columns, text: () => written };
}

describe('a terminal', () => {
  it('that says it has no size is taken to have the usual one', () => {
    const channel = channelOver({ write: () => true, isTTY: true, columns: 0, rows: 0 }, {});
    expect({ columns: channel.columns, rows: channel.rows }).toEqual({ columns: 80, rows: 24 });
  });
});

describe('text on a screen', () => {
  it('counts cells: escape sequences none, wide characters two', () => {
    expect(textWidth('abc')).toBe(3);
    expect(textWidth('\u001b[31mabc\u001b[39m')).toBe(3);
    expect(textWidth('日本')).toBe(4);
    expect(textWidth('é')).toBe(1);
    expect(textWidth('👩‍👩‍👧')).toBe(2);
    expect(textWidth('ก็')).toBe(1);
  });

  it('knows the width of its own symbols without a table of Unicode', () => {
    const symbols = [...Object.values(stateLooks).map(({ symbol }) => symbol), ...'├└│─━·×…'];
    for (const symbol of symbols) expect([symbol, textWidth(symbol), stringWidth(symbol)]).toEqual([symbol, 1, 1]);
  });

  it('never hands control characters of recorded text to the terminal', () => {
    expect(oneLine('a\u001b[2Jb\r\nc\u0007\u202e')).toBe('ab c');
    expect(manyLines('a\u001b[31m\nb\u0000c')).toBe('a\nb c');
  });

  it('nor in a table: in no cell, no title, and no field', () => {
    const channel = page();
    const bad = 'a\u001b]0;title\u0007\u001b[2J\u202e\u061c\u009b1m\u2028b';
    writeTable(
      channel,
      [
        { title: bad, cell: () => bad },
        { title: 'T', cell: () => ({ text: bad }) },
      ],
      [1],
    );
    writeFields(channel, [['Name', `${bad}\n\u001b[1mbold\u001b[22m`]]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what it takes away
    const colours = /\u001b\[[\d;]*m/g;
    const others = channel.text().replaceAll(colours, '').replaceAll('\n', '');
    expect(others.match(terminalControls)).toBeNull();
    expect(channel.text()).toContain('\u001b[1mbold\u001b[22m');
  });

  it('cuts to the cell, with an ellipsis, and never in the middle of a character', () => {
    expect(cutTo('abcdef', 6)).toBe('abcdef');
    expect(cutTo('abcdef', 4)).toBe('abc…');
    expect(cutTo('日本語', 4)).toBe('日…');
    expect(textWidth(padTo('日本', 6))).toBe(6);
  });
});

describe('colour', () => {
  it('is for terminals, NO_COLOR first and FORCE_COLOR second', () => {
    expect(wantsColor(true, {})).toBe(true);
    expect(wantsColor(false, {})).toBe(false);
    expect(wantsColor(true, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
    expect(wantsColor(true, { NO_COLOR: '' })).toBe(true);
    expect(wantsColor(false, { FORCE_COLOR: '1' })).toBe(true);
    expect(wantsColor(true, { TERM: 'dumb' })).toBe(false);
  });

  it('goes with ASCII symbols where there is no font for others', () => {
    expect(wantsUnicode({ TERM: 'linux' })).toBe(false);
    expect(wantsUnicode({ MILLRACE_ASCII: '1' })).toBe(false);
    expect(wantsUnicode({ TERM: 'xterm-256color' })).toBe(true);
  });
});

describe('tables', () => {
  const columns = [
    { title: 'ID', cell: (row: { id: string; name: string; count: number }) => row.id },
    { title: 'NAME', cell: (row: { id: string; name: string; count: number }) => row.name, isFlexible: true },
    {
      title: 'N',
      cell: (row: { id: string; name: string; count: number }) => String(row.count),
      align: 'right' as const,
    },
  ];

  it('align their columns, numbers at the right', () => {
    const out = page();
    writeTable(out, columns, [
      { id: 'a', name: 'first', count: 5 },
      { id: 'bb', name: 'x', count: 1234 },
    ]);
    expect(out.text()).toBe('ID  NAME      N\na   first     5\nbb  x      1234\n');
  });

  it('let the flexible column give way where the screen ends, and cut no id', () => {
    const out = page(30);
    writeTable(out, columns, [{ id: '0123456789', name: 'a name that goes on and on', count: 1 }]);
    expect(out.text().split('\n')[1]).toBe('0123456789  a name that go…  1');
  });

  it('leave out what is expendable, the last first, where all can not fit', () => {
    const row = { id: '0123456789', name: 'a name that goes on and on', count: 1234 };
    const narrow = columns.map((column) => (column.title === 'N' ? { ...column, isExpendable: true } : column));
    const lineAt = (width: number): string | undefined => {
      const out = page(width);
      writeTable(out, narrow, [row]);
      return out.text().split('\n')[1];
    };
    expect(lineAt(26)).toBe('0123456789  a name …  1234');
    expect(lineAt(25)).toBe('0123456789  a name that …');
  });

  it('leave out fields without a value and align those of several lines', () => {
    const out = page();
    writeFields(out, [
      ['One', 'x'],
      ['Nothing', null],
      ['Empty', ''],
      ['Two', 'a\nb'],
    ]);
    expect(out.text()).toBe('One  x\nTwo  a\n     b\n');
  });
});
