/**
 * `pause` and `suspend`: the flow run stops until a person or a program resumes it, with typed input if it requests some.
 *
 * The resumption is a signal named after the pause: it may come early and from any process, and is consumed once. While paused the flow run
 * is PAUSED; it enters RUNNING again before the body continues.
 */
import { RunFuture } from '../futures/run-future.ts';
import type { Frame, Run } from '../runs/model.ts';
import {
  assertName,
  ConfigurationError,
  decodeValue,
  encodeValue,
  parseDuration,
  PauseTimeout,
  sharedByCopies,
  StateName,
  type TaskRunRecord,
  paused,
  running,
} from '@millrace/kernel';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Duration } from '@millrace/kernel';
import { requireFrame } from '../context/run-context.ts';
import { LogLevel, writeLine } from '../context/logger.ts';
import { lookUntil } from './notification.ts';
import { check, RESUME_PREFIX } from './signal.ts';
import { keyIn } from './wait-key.ts';
import { startWait } from '../execution/wait-run.ts';

/** Prefect's default for a pause. */
const PAUSE_TIMEOUT_DEFAULT_MS = 3_600_000;

/** The input that a pause waits for, and for how long. */
export interface PauseOptions<TSchema extends StandardSchemaV1 = StandardSchemaV1> {
  /** The schema of the input that a resumption must give. Input that it refuses is logged, and the run stays paused. */
  readonly input?: TSchema;
  /** The longest wait; default: one hour for `pause`, none for `suspend`. */
  readonly timeout?: Duration;
  /** Identifies this pause among others of the run; default: their number. Pauses that are open at once need one each. */
  readonly key?: string;
}

/** The name of the signal that resumes a pause. */
export function resumeSignal(pauseKey: string): string {
  return `${RESUME_PREFIX}${pauseKey}`;
}

/**
 * Pauses the flow run, its process waiting, until it is resumed.
 *
 * @returns the input, as the schema gives it; undefined without a schema
 * @throws PauseTimeout when it was not resumed in time; ConfigurationError outside a flow
 * @example
 * const { approved } = await pause({ input: z.object({ approved: z.boolean() }), timeout: '1h' });
 */
export function pause<TSchema extends StandardSchemaV1>(
  options: PauseOptions<TSchema> & { readonly input: TSchema },
): Promise<StandardSchemaV1.InferOutput<TSchema>>;
export function pause(options?: PauseOptions): Promise<unknown>;
export function pause(options: PauseOptions = {}): Promise<unknown> {
  return startPause(options, { name: StateName.Paused, timeoutMs: PAUSE_TIMEOUT_DEFAULT_MS });
}

/**
 * Suspends the flow run: nothing of it need stay in memory, and any process that serves the flow goes on with it.
 *
 * @returns the input, as the schema gives it; undefined without a schema
 * @throws PauseTimeout; ConfigurationError outside a flow
 * @example
 * const { approved } = await suspend({ input: z.object({ approved: z.boolean() }), timeout: '7d' });
 */
export function suspend<TSchema extends StandardSchemaV1>(
  options: PauseOptions<TSchema> & { readonly input: TSchema },
): Promise<StandardSchemaV1.InferOutput<TSchema>>;
export function suspend(options?: PauseOptions): Promise<unknown>;
export function suspend(options: PauseOptions = {}): Promise<unknown> {
  return startPause(options, { name: StateName.Suspended, timeoutMs: null });
}

function startPause(
  options: PauseOptions,
  kind: { readonly name: 'Paused' | 'Suspended'; readonly timeoutMs: number | null },
): Promise<unknown> {
  const frame = requireFrame(`${kind.name === StateName.Paused ? 'pause' : 'suspend'}()`);
  const flowRun = frame.flow?.run;
  if (flowRun === undefined)
    throw new ConfigurationError('A task outside any flow can not be paused: call pause() in a flow.');
  const timeoutMs = options.timeout === undefined ? kind.timeoutMs : parseDuration(options.timeout, 'timeout');
  if (options.key !== undefined) assertName('pause', options.key);
  const given = keyIn(kind.name === StateName.Paused ? 'pause' : 'suspend', options);
  const open = given === null ? openWithout(flowRun) : null;
  const keyOf = (record: TaskRunRecord): string => given ?? keyWithout(record);
  const paused = startWait<unknown>({
    call: { name: kind.name === StateName.Paused ? 'pause' : 'suspend', args: [options] },
    name: given === null ? 'pause' : `pause:${given}`,
    kind: 'pause',
    key: given,
    shown: [],
    wakeAt: (now) => (timeoutMs === null ? null : now + timeoutMs),
    reason: (record) => ({ kind: 'input', key: keyOf(record), until: record.wakeAt }),
    until: (run, record) =>
      inTurn(flowRun, async () => {
        const key = keyOf(record);
        // Cancelled before its turn.
        if (run.aborted) throw run.signal.reason;
        await enterPaused(flowRun, { name: kind.name, key, timeoutAt: record.wakeAt });
        const look = () => inputOf(run, { frame, key, record, schema: options.input });
        // Also when its time is up, or it is cancelled: whatever the body does about it needs a flow run that is RUNNING.
        const input = await lookUntil(run, look, record.wakeAt).finally(() => leavePaused(flowRun));
        if (input === undefined)
          throw new PauseTimeout({ runName: flowRun.name, pauseKey: key, timeoutMs: timeoutMs ?? 0 });
        return input;
      }),
  });
  RunFuture.runOf(paused).onSettled(() => open?.delete(paused));
  open?.add(paused);
  return paused;
}

/** Of its own in the whole flow run: where its call is recorded. */
function keyWithout({ replayKey }: TaskRunRecord): string {
  return replayKey.replace(/pause:pause@(?:\.|~)/, '');
}

/** The pauses without a key that wait now, by the execution of their flow run. */
const withoutKey = sharedByCopies('pauses-without-key', () => new WeakMap<object, Set<unknown>>());

/** @throws ConfigurationError when another one waits: who resumes the run could not say which */
function openWithout(flowRun: Run): Set<unknown> {
  const { execution } = flowRun;
  const open = (execution === null ? undefined : withoutKey.get(execution)) ?? new Set();
  if (open.size > 0)
    throw new ConfigurationError(
      `Flow run '${flowRun.name}' is paused already, and neither pause has a key: a resumption could not say which it is for. Give each a key, pause({ key }), or call one after the other.`,
      { flowRunId: flowRun.id },
    );
  if (execution !== null) withoutKey.set(execution, open);
  return open;
}

/** The last pause of each execution, settled or not. */
const pauses = sharedByCopies('pauses', () => new WeakMap<object, Promise<unknown>>());

/** A flow run is paused for one thing at a time: who resumes it must know what for. The others wait for their turn. */
function inTurn<T>(flowRun: Run, body: () => Promise<T>): Promise<T> {
  const { execution } = flowRun;
  if (execution === null) return body();
  const mine = (pauses.get(execution) ?? Promise.resolve()).then(body, body);
  pauses.set(execution, mine);
  return mine;
}

async function enterPaused(
  flowRun: Run,
  pauseAs: { readonly name: 'Paused' | 'Suspended'; readonly key: string; readonly timeoutAt: number | null },
): Promise<void> {
  const details = {
    pauseKey: pauseAs.key,
    ...(pauseAs.timeoutAt === null ? {} : { pauseTimeoutAt: pauseAs.timeoutAt }),
    reschedule: pauseAs.name === StateName.Suspended,
    reason: { kind: 'input', key: pauseAs.key, until: pauseAs.timeoutAt },
  } as const;
  const at = flowRun.engine.clock.now();
  await flowRun.execution?.proposeFlow({
    state: paused(at, { name: pauseAs.name, details }),
    by: 'engine',
    // Its wait is not over, also where the body is called again and the key has fired before.
    move: 'recover',
  });
}

/** An evicted or lost run stays as it is recorded. */
async function leavePaused(flowRun: Run): Promise<void> {
  if (flowRun.isEvicted || flowRun.lostBy !== null) return;
  await flowRun.execution?.proposeFlow({
    state: running(flowRun.engine.clock.now()),
    by: 'engine',
    move: 'resume',
  });
}

interface InputQuestion {
  readonly frame: Frame;
  readonly key: string;
  readonly record: Parameters<NonNullable<Run['execution']>['takeSignal']>[0];
  readonly schema: StandardSchemaV1 | undefined;
}

async function inputOf(
  run: Run,
  question: InputQuestion,
): Promise<{ readonly outcome: string; readonly value: unknown } | undefined> {
  for (;;) {
    const signal = await run.execution?.takeSignal(question.record, resumeSignal(question.key));
    if (signal === undefined) return undefined;
    const checked = await check(question.schema, decodeValue(signal.payload));
    if (checked.ok) return { outcome: encodeValue(checked.value, `input '${question.key}'`), value: checked.value };
    writeLine(question.frame, {
      level: LogLevel.warning,
      text: `The input was refused: ${checked.message}`,
      print: true,
    });
  }
}
