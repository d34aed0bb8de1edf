import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from './create-program.ts';

interface Called {
  readonly input: unknown;
  readonly isJson: boolean;
  readonly command: unknown;
}

/** Parses a command line and answers what would be called with what. */
async function parse(...argv: readonly string[]): Promise<Called> {
  const calls: Called[] = [];
  const program = createProgram(async (load, input, { isJson }) => {
    calls.push({ input, isJson, command: await load() });
  });
  for (const command of everyCommand(program)) command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  await program.parseAsync(argv, { from: 'user' });
  const [call] = calls;
  if (call === undefined) throw new Error('nothing was called');
  return call;
}

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function leaves(): readonly Command[] {
  const program = createProgram(async () => {});
  return everyCommand(program).filter((command) => command.commands.length === 0 && command.name() !== 'help');
}

describe('every command', () => {
  it('says what it does, takes --json, and can be loaded', async () => {
    expect(leaves().length).toBeGreaterThan(25);
    for (const command of leaves()) {
      expect(command.description(), command.name()).not.toBe('');
      expect(
        command.options.map(({ long }) => long),
        command.name(),
      ).toContain('--json');
      for (const argument of command.registeredArguments) expect(argument.name()).not.toBe('');
    }
  });

  it('loads the code that carries it out', async () => {
    const lines = [
      ['run', 'a.ts'],
      ['serve', 'a.ts'],
      ['flow-run', 'ls'],
      ['flow-run', 'inspect', 'abcd'],
      ['flow-run', 'tree', 'abcd'],
      ['flow-run', 'logs', 'abcd'],
      ['flow-run', 'cancel', 'abcd'],
      ['flow-run', 'resume', 'abcd'],
      ['flow-run', 'rerun', 'abcd'],
      ['flow-run', 'signal', 'abcd', 'go'],
      ['flow-run', 'start', 'a.ts'],
      ['flow-run', 'sweep'],
      ['flow-run', 'delete', 'abcd'],
      ['task-run', 'ls'],
      ['task-run', 'inspect', 'abcd'],
      ['variable', 'ls'],
      ['variable', 'get', 'a'],
      ['variable', 'set', 'a', '1'],
      ['variable', 'delete', 'a'],
      ['gcl', 'ls'],
      ['gcl', 'inspect', 'a'],
      ['gcl', 'create', 'a', '--limit', '1'],
      ['gcl', 'update', 'a', '--limit', '1'],
      ['gcl', 'delete', 'a'],
      ['artifact', 'ls'],
      ['artifact', 'inspect', 'a'],
      ['db', 'location'],
      ['db', 'migrate'],
      ['db', 'verify'],
      ['db', 'backup', 'a'],
      ['db', 'prune', '--older-than', '30d'],
      ['config', 'view'],
      ['doctor'],
      ['version'],
    ];
    for (const line of lines) expect(typeof (await parse(...line)).command, line.join(' ')).toBe('function');
    expect(lines).toHaveLength(leaves().length);
  });
});

describe('a command line', () => {
  it('becomes the input of its command', async () => {
    expect(await parse('run', 'a.ts:b', '-p', 'n=1', '-p', 'm=2', '--key', 'k', '--json')).toMatchObject({
      input: { target: 'a.ts:b', param: ['n=1', 'm=2'], key: 'k' },
      isJson: true,
    });
    expect((await parse('flow-run', 'ls', '--state', 'FAILED', '--limit', '3', '-a')).input).toEqual({
      state: ['FAILED'],
      limit: 3,
      all: true,
    });
    expect((await parse('flow-run', 'resume', 'abcd', 'a.ts', '--input', '1')).input).toEqual({
      id: 'abcd',
      file: 'a.ts',
      input: '1',
    });
    expect((await parse('flow-run', 'delete', 'abcd', 'efgh')).input).toEqual({ ids: ['abcd', 'efgh'] });
    expect((await parse('gcl', 'create', 'db', '-l', '3', '--slot-decay-per-second', '0.5')).input).toEqual({
      name: 'db',
      limit: 3,
      slotDecayPerSecond: 0.5,
    });
  });

  it('that can not be meant is refused before anything is loaded', async () => {
    for (const line of [
      ['nothing'],
      ['run'],
      ['flow-run', 'ls', '--limit', '0'],
      ['flow-run', 'ls', '--limit', 'many'],
      ['gcl', 'create', 'db'],
      ['gcl', 'create', 'db', '--limit', '-1'],
      ['flow-run', 'inspect', 'a', 'b'],
      ['run', 'a.ts', '--what'],
    ])
      await expect(parse(...line), line.join(' ')).rejects.toMatchObject({ name: 'CommanderError', exitCode: 1 });
  });
});
