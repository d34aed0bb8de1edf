import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as kernel from '../index.ts';
import { ScheduleError } from './schedule-error.ts';
import { DurationError } from './duration-error.ts';
import * as blob from './blob-errors.ts';
import {
  ConfigurationError,
  InvalidNameError,
  MapLengthError,
  MapEndlessIterable,
  DuplicateName,
  MapMissingIterable,
  NotInRun,
  ParameterError,
} from './definition-errors.ts';
import { CorruptValue, NotSerializable, NotTransferable, ResultTooLarge } from './value-errors.ts';
import * as run from './run-errors.ts';
import * as store from './store-errors.ts';
import {
  CallbackTimeout,
  ConcurrencyTimeout,
  LimitNotFound,
  PauseTimeout,
  SignalTimeout,
  VirtualTimeStalled,
} from './wait-errors.ts';
import { type CatalogueEntry, errorCatalogue } from './catalogue.ts';
import { errorClasses } from './error-classes.ts';

const cause = new TypeError('the cause');
const aboutStore = { location: '/data/millrace.db', cause };
const about = { runId: '0190', runName: 'fetch-1' };
const value = { runId: '0190', storage: 'local', key: 'ab/cd' };
const missed = { id: '0191', name: 'page-2', error: new Error('gone') };

/** One or more of every class: none may be missing. */
const errorSamples: Readonly<Record<kernel.ErrorCode, readonly kernel.MillraceError[]>> = {
  ConfigurationError: [new ConfigurationError('retries must be 0 or more.', { retries: -1 })],
  InvalidNameError: [new InvalidNameError({ kind: 'flow', name: 'a/b', problem: "has '/'" })],
  NotInRun: [new NotInRun({ call: 'context()' })],
  DurationError: [new DurationError('timeout must be positive; got -1.', { field: 'timeout', value: -1 })],
  ScheduleError: [new ScheduleError('cron is no expression; got "x".', { field: 'cron', value: 'x' })],
  MapLengthError: [new MapLengthError({ taskName: 'add', lengths: { a: 2, b: 3 } })],
  MapEndlessIterable: [new MapEndlessIterable({ taskName: 'add', parameter: 'a', lengthMax: 5 })],
  MapMissingIterable: [
    new MapMissingIterable({ taskName: 'add', argumentCount: 0 }),
    new MapMissingIterable({ taskName: 'add', argumentCount: 1 }),
  ],
  ParameterError: [
    new ParameterError({ flowName: 'sums', issues: [{ path: 'n', message: 'is no number' }] }),
    new ParameterError({ flowName: 'sums', issues: [{ path: '', message: 'is no object' }] }),
  ],
  NotSerializable: [
    new NotSerializable({ path: 'result.items[3].socket', problem: 'it is an instance of Socket' }),
    new NotSerializable({ path: 'result', problem: 'a part of it throws when it is read', cause }),
    new NotSerializable({ path: "argument 'db'", problem: 'it is no data', wayOut: 'Leave it out.' }),
  ],
  DuplicateName: [
    new DuplicateName({ kind: 'task', name: 'load', places: ['/app/a.ts:3', '/app/b.ts:9'] }),
    new DuplicateName({
      kind: 'flow',
      name: 'etl',
      places: ['/app/a.ts:3', '/app/a.ts:3'],
      use: 'a recorded run finds its flow by the name',
    }),
  ],
  NotTransferable: [new NotTransferable({ taskName: 'add', path: 'arg0', problem: 'it is a function', cause })],
  ResultTooLarge: [new ResultTooLarge({ runName: 'add-1', bytes: 2_000, bytesMax: 1_000 })],
  CorruptValue: [new CorruptValue({ problem: 'its text is damaged', cause })],
  UpstreamError: [new run.UpstreamError({ ...about, cause })],
  UnobservedFailure: [
    new run.UnobservedFailure({ runName: 'crawl', runs: [missed], cause }),
    new run.UnobservedFailure({ runName: 'crawl', runs: Array.from({ length: 7 }, () => missed), cause }),
  ],
  StaleExecution: [
    new run.StaleExecution({ flowRunId: '0190', token: 3 }),
    new run.StaleExecution({ taskRunId: '0190', sessionId: '0191' }),
  ],
  WaitCycleError: [new run.WaitCycleError({ cycle: ['a', 'b', 'a'] })],
  RunTimedOut: [new run.RunTimedOut({ ...about, timeoutMs: 50 }), new run.RunTimedOut({ timeoutMs: 50 })],
  ProcessStopping: [new run.ProcessStopping({ reason: 'SIGTERM' })],
  RunCancelled: [new run.RunCancelled({ ...about, reason: 'no longer wanted' })],
  RunCrashed: [
    new run.RunCrashed({ ...about, message: 'Its process died.', cause }),
    new run.RunCrashed({ message: 'Its process died.' }),
  ],
  RunFailed: [new run.RunFailed({ ...about, message: "Run 'fetch-1' is Failed." })],
  RunPaused: [new run.RunPaused(about)],
  RunNotFound: [new run.RunNotFound({ runId: '0190' })],
  RunHeld: [new run.RunHeld({ ...about, holder: 'process 7' })],
  AmbiguousReplay: [
    new run.AmbiguousReplay({
      flowRunId: '0190',
      flowRunName: 'merry-otter',
      taskName: 'visit',
      kind: 'step',
      calls: [{ id: '0191', name: 'visit-1', state: 'Completed' }],
    }),
  ],
  MissingResult: [new run.MissingResult(about)],
  RollbackError: [new run.RollbackError({ ...about, reason: 'Error: half way', cause })],
  NonRetryable: [new run.NonRetryable('There is no such page.'), new run.NonRetryable('no', { cause })],
  ConcurrencyTimeout: [
    new ConcurrencyTimeout({ limitName: 'db', timeoutMs: 50, heldBy: ['0190'] }),
    new ConcurrencyTimeout({ limitName: 'db', timeoutMs: 50, heldBy: [] }),
  ],
  LimitNotFound: [new LimitNotFound({ limitName: 'db' })],
  SignalTimeout: [new SignalTimeout({ signalName: 'approved', timeoutMs: 50 })],
  CallbackTimeout: [new CallbackTimeout({ what: "put of storage 's3'", timeoutMs: 50 })],
  VirtualTimeStalled: [new VirtualTimeStalled({ waits: ["flow run 'f' waits for signal 'go'"] })],
  PauseTimeout: [new PauseTimeout({ runName: 'deploy', pauseKey: '0', timeoutMs: 50 })],
  StoreBusy: [
    new store.StoreBusy({ ...aboutStore, waitedMs: 30_000 }),
    new store.StoreBusy({ ...aboutStore, waitedMs: 30_000, holder: 'a transaction of this process' }),
  ],
  StoreFull: [new store.StoreFull(aboutStore)],
  StoreReadOnly: [new store.StoreReadOnly(aboutStore)],
  StoreUnavailable: (['failed', 'unreachable', 'unopenable', 'regressed', 'closed'] as const).map(
    (problem) => new store.StoreUnavailable({ ...aboutStore, problem }),
  ),
  ForeignDatabase: [new store.ForeignDatabase({ ...aboutStore, found: 'tables of another program' })],
  NewerDatabase: [new store.NewerDatabase({ ...aboutStore, unknown: ['0099-later'] })],
  BlobMissing: [new blob.BlobMissing(value)],
  BlobDamaged: [new blob.BlobDamaged({ ...value, problem: 'its digest differs', cause })],
  BlobUnavailable: [
    new blob.BlobUnavailable({ ...value, doing: 'read', cause }),
    new blob.BlobUnavailable({ ...value, doing: 'written' }),
  ],
  CorruptDatabase: [new store.CorruptDatabase(aboutStore), new store.CorruptDatabase({ location: 'a.db' })],
};

const sources = join(dirname(fileURLToPath(import.meta.url)), '..');
const docs = readFileSync(join(sources, '../../../docs/errors.md'), 'utf8');
const codes = errorCatalogue.map((entry) => entry.code);

const declared = globSync('**/*.ts', { cwd: sources })
  .filter((path) => !path.endsWith('.test.ts'))
  .flatMap((path) =>
    [...readFileSync(join(sources, path), 'utf8').matchAll(/^export class (\w+) extends MillraceError/gm)].map(
      (match) => match[1] ?? '',
    ),
  )
  .sort();

function matcherOf({ template }: CatalogueEntry): RegExp {
  const literal = template.split(/\{\w+\}/).map((text) => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&'));
  return new RegExp(`^${literal.join('[^]+')}$`);
}

describe('the catalogue of errors', () => {
  it('has each class that is declared, and no other', () => {
    expect(declared.length).toBeGreaterThan(30);
    expect([...codes].sort()).toEqual(declared);
    expect([...errorClasses.keys()].sort()).toEqual(declared);
    const exported = Object.entries(kernel).filter(
      ([, value]) => typeof value === 'function' && value.prototype instanceof kernel.MillraceError,
    );
    expect(exported.map(([name]) => name).sort()).toEqual(declared);
    expect(Object.keys(errorSamples).sort()).toEqual(declared);
  });

  it.each(errorCatalogue)('explains $code in docs/errors.md, at its anchor', ({ code, anchor }) => {
    expect(anchor).toBe(`docs/errors.md#${code.toLowerCase()}`);
    expect(docs).toMatch(new RegExp(`^### ${code}\\n\\S.{20,}\\n`, 'm'));
  });

  it('is all that docs/errors.md explains', () => {
    expect([...docs.matchAll(/^### (.+)$/gm)].map((match) => match[1]).sort()).toEqual(declared);
  });

  it.each(errorCatalogue)('has the message of $code', (entry) => {
    for (const error of errorSamples[entry.code as kernel.ErrorCode]) expect(error.message).toMatch(matcherOf(entry));
  });
});

describe('NotSerializable', () => {
  it.each([
    ['result.socket', 'Return plain data, or set persistResult: false'],
    ['parameters.db', 'Pass plain data, such as an id or a path, and make the rest inside of the flow'],
    ['arguments[0]', 'Pass plain data, such as an id or a path, and make the rest inside of the task'],
    ["signal 'go'.socket", 'Send plain data'],
    ["variable 'rates'", 'Set the variable to plain data'],
    ['progress', 'Use plain data there'],
  ])('says for %s what helps there', (path, wayOut) => {
    const { message } = new NotSerializable({ path, problem: 'it is a function' });
    expect(message).toContain(`${path} can't be stored: it is a function. ${wayOut}`);
    expect(message.includes('persistResult')).toBe(path.startsWith('result'));
  });
});

describe.each(Object.entries(errorSamples))('%s', (code, samples) => {
  it.each(samples)('is an error with its code, its name and plain details', (error) => {
    expect(error).toBeInstanceOf(kernel.MillraceError);
    expect(error).toMatchObject({ name: code, code });
    expect(error.constructor.name).toBe(code);
    expect(kernel.isMillraceError(error)).toBe(true);
    expect(JSON.parse(JSON.stringify(error.details))).toEqual(error.details);
    expect(error.message).not.toMatch(/undefined|\[object|\bNaN\b/);
  });

  it.each(samples)('comes back from its record as one of its class', (error) => {
    const back = kernel.decodeThrown(kernel.encodeThrown(error)) as Error;
    expect(back.constructor).toBe(error.constructor);
    expect(back).toMatchObject({ name: code, code, message: error.message, stack: error.stack });
    expect((back as kernel.MillraceError).details).toEqual(error.details);
    expect('cause' in back).toBe('cause' in error);
  });
});
