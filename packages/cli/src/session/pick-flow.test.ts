import { fileURLToPath } from 'node:url';
import { flow } from '@millrace/engine';
import { describe, expect, it } from 'vitest';
import { describeFrame, userFrame } from '../output/source-frame.ts';
import { errorLines } from '../output/run-error.ts';
import { flowArguments, missingParameters } from './flow-arguments.ts';
import { type AnyFlow, exportedFlows, pickFlow } from './pick-flow.ts';
import { parseTarget } from './target.ts';

const own = fileURLToPath(import.meta.url);
const target = (name: string | null) => ({ file: '/flows.ts', shownFile: 'flows.ts', flow: name });
const sums = flow('sums', async (n: number, by = 1) => n * by) as AnyFlow;
const nightly = flow('nightly-report', async (day: string, ctx: unknown) => [day, ctx]) as AnyFlow;

describe('FILE[:flow]', () => {
  it('names a file that exists, and perhaps a flow', () => {
    expect(parseTarget(own)).toEqual({ file: own, shownFile: own, flow: null });
    expect(parseTarget(`${own}:sums`)).toEqual({ file: own, shownFile: own, flow: 'sums' });
    expect(() => parseTarget('/nowhere.ts:sums')).toThrow("There is no file '/nowhere.ts'");
    expect(() => parseTarget(`${own}:`)).toThrow('No flow is named');
  });
});

describe('the flow that is meant', () => {
  it('is the only one that the module exports', () => {
    expect(pickFlow(target(null), { sums, other: 3, again: sums })).toEqual({ flowName: 'sums', exported: sums });
  });

  it('is found by the name of its export, then by its own, then among those only defined', () => {
    const exports = { sums, report: nightly };
    expect(pickFlow(target('report'), exports).exported).toBe(nightly);
    expect(pickFlow(target('nightly-report'), exports).exported).toBe(nightly);
    expect(pickFlow(target('nightly-report'), { sums })).toEqual({ flowName: 'nightly-report', exported: null });
  });

  it('is asked for when there are several, with what to write', () => {
    expect(() => pickFlow(target(null), { sums, report: nightly })).toThrow(
      /millrace run flows\.ts:sums\n {2}millrace run flows\.ts:report/,
    );
    expect(() => pickFlow(target('nope'), { sums })).toThrow(/has no flow 'nope'. It has sums/);
    expect(() => pickFlow(target('sms'), { sums, report: nightly })).toThrow(/Did you mean sums\?/);
  });

  it('is found once when a module exports it under two names', () => {
    expect([...exportedFlows({ a: sums, b: sums }).keys()]).toEqual(['a']);
  });
});

describe('parameters', () => {
  it('go to the places of their names, the context left out', () => {
    expect(flowArguments('sums', { param: ['by=3', 'n=2'] })).toEqual([2, 3]);
    expect(flowArguments('sums', { param: ['n=2'] })).toEqual([2]);
    expect(flowArguments('sums', {})).toEqual([]);
    expect(flowArguments('sums', { param: ['by=3'] })).toEqual([undefined, 3]);
    expect(flowArguments('nightly-report', { param: ['day=mon'] })).toEqual(['mon']);
    expect(() => flowArguments('nightly-report', { param: ['ctx=1'] })).toThrow('It takes day.');
  });

  it('without a value and a default are told of', () => {
    expect(missingParameters('sums', [])).toEqual(['n']);
    expect(missingParameters('sums', [2])).toEqual([]);
    expect(missingParameters('nightly-report', [])).toEqual(['day']);
  });

  it('that are taken apart have no names: they come as a list', () => {
    flow('apart', async ({ day }: { readonly day: string }) => day);
    expect(() => flowArguments('apart', { param: ['day=mon'] })).toThrow("--param-json '[{...}]'");
    expect(flowArguments('apart', { paramJson: '[{"day":"mon"}]' })).toEqual([{ day: 'mon' }]);
    expect(() => flowArguments('apart', { paramJson: '[[1e400]]' })).toThrow('would become Infinity');
  });

  it('may come as JSON, by name or in order; single ones win', () => {
    expect(flowArguments('sums', { paramJson: '[1, 2]' })).toEqual([1, 2]);
    expect(flowArguments('sums', { paramJson: '{"n":1,"by":2}', param: ['n=5'] })).toEqual([5, 2]);
    expect(() => flowArguments('sums', { paramJson: '3' })).toThrow('an object by name, or an array in order');
    expect(() => flowArguments('sums', { paramJson: '[1]', param: ['n=5'] })).toThrow('leave out -p');
  });
});

describe('where an error came from', () => {
  it("is the first frame of the user's own code", () => {
    const stack = [
      'Error: x',
      '    at node:internal/process/task_queues:105:5',
      '    at connect (/app/node_modules/pg/client.js:10:3)',
      '    at async load (file:///app/etl.ts:12:9)',
      '    at main (/app/main.ts:3:1)',
    ].join('\n');
    expect(userFrame(stack)).toBe('async load (file:///app/etl.ts:12:9)');
    expect(describeFrame('async load (file:///app/etl.ts:12:9)')).toEqual({
      text: '/app/etl.ts:12:9 in load',
      code: null,
    });
    expect(userFrame(new Error('x').stack)).toBeUndefined();
    expect(userFrame(undefined)).toBeUndefined();
  });

  it('is told with the causes, each once, bounded, whatever they are', () => {
    const error = new Error('top', { cause: new TypeError('middle', { cause: 'text' }) });
    error.stack = '';
    (error.cause as Error).stack = '';
    expect(errorLines(error)).toEqual(['Error: top', 'Caused by TypeError: middle', 'Caused by Value: text']);
    const circle = new Error('round');
    circle.cause = circle;
    circle.stack = '';
    expect(errorLines(circle).length).toBeLessThanOrEqual(10);
  });

  it('comes from the record as it came from the code', () => {
    const recorded = { name: 'Error', message: 'top', cause: { value: 42 } };
    expect(errorLines(recorded)).toEqual(['Error: top', 'Caused by Value: 42']);
  });
});
