/**
 * Signals: typed values sent to a flow run from anywhere, buffered until it asks for them, consumed once.
 */
import {
  assertName,
  ConfigurationError,
  isKey,
  KEY_LENGTH_MAX,
  decodeValue,
  encodeValue,
  InvalidNameError,
  parseDuration,
  SignalTimeout,
} from '@millrace/kernel';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Duration } from '@millrace/kernel';
import { requireFrame } from '../context/run-context.ts';
import { LogLevel, writeLine } from '../context/logger.ts';
import { currentRuntime } from '../runs/default-runtime.ts';
import { requireFlowRun } from '../execution/resolve-flow-run.ts';
import type { RunFuture } from '../futures/run-future.ts';
import { lookUntil } from './notification.ts';
import { keyIn } from './wait-key.ts';
import { startWait } from '../execution/wait-run.ts';

/** How the names of signals begin that resume a pause. */
export const RESUME_PREFIX = 'resume:';

/** The schema of a signal, and how long it is waited for. */
export interface SignalOptions<TSchema extends StandardSchemaV1 = StandardSchemaV1> {
  /** Payloads it refuses are logged with the run and dropped; the wait goes on. */
  readonly schema?: TSchema;
  /** The longest wait; default: none. */
  readonly timeout?: Duration;
  /** Tells this wait from others of the name in the body, whatever order they come in. */
  readonly key?: string;
}

/**
 * Waits for a signal of this name to this flow run. One that came before is there already.
 *
 * @param name the signal's name
 * @returns the payload, as the schema gives it
 * @throws SignalTimeout when the time is up; InvalidNameError for what can't be a name; ConfigurationError outside any flow
 * @example
 * const ok = await waitForSignal('approved', { schema: z.object({ by: z.string() }), timeout: '2d' });
 */
export function waitForSignal<TSchema extends StandardSchemaV1>(
  name: string,
  options: SignalOptions<TSchema> & { readonly schema: TSchema },
): RunFuture<StandardSchemaV1.InferOutput<TSchema>>;
export function waitForSignal<T = unknown>(name: string, options?: SignalOptions): RunFuture<T>;
export function waitForSignal(name: string, options: SignalOptions = {}): RunFuture<unknown> {
  const frame = requireFrame('waitForSignal()');
  assertSignalName(name);
  if (frame.flow === null)
    throw new ConfigurationError(
      `A task outside any flow gets no signals, so '${name}' would never come: call waitForSignal() in a flow.`,
    );
  const timeoutMs =
    options.timeout === undefined ? null : parseDuration(options.timeout, `timeout of signal '${name}'`);
  return startWait<unknown>({
    call: { name: 'waitForSignal', args: [name, options] },
    name: `signal:${name}`,
    kind: 'signal',
    key: keyIn('waitForSignal', options),
    shown: [],
    wakeAt: (now) => (timeoutMs === null ? null : now + timeoutMs),
    reason: (record) => ({ kind: 'signal', name, until: record.wakeAt }),
    until: async (run, record) => {
      const accepted = await lookUntil(
        run,
        async () => {
          for (;;) {
            const signal = await run.execution?.takeSignal(record, name);
            if (signal === undefined) return undefined;
            const checked = await check(options.schema, decodeValue(signal.payload));
            if (checked.ok) return { outcome: encodeValue(checked.value, `signal '${name}'`), value: checked.value };
            writeLine(frame, {
              level: LogLevel.warning,
              text: `Signal '${name}' was refused: ${checked.message}`,
              print: true,
            });
          }
        },
        record.wakeAt,
      );
      if (accepted === undefined) throw new SignalTimeout({ signalName: name, timeoutMs: timeoutMs ?? 0 });
      return accepted;
    },
  });
}

/**
 * Sends a signal to a flow run; it is kept until the run asks for it.
 *
 * @param flowRunId the run's id
 * @param name the signal's name
 * @param payload any storable value
 * @param options `idempotencyKey`: the same key to the same run is the same signal
 * @throws RunNotFound; ConfigurationError when the run has completed; InvalidNameError for what can't be a name; NotSerializable naming the part of the payload
 * @example
 * await sendSignal(runId, 'approved', { by: 'ann' });
 */
export async function sendSignal(
  flowRunId: string,
  name: string,
  ...[payload, options = {}]: readonly [payload?: unknown, options?: { readonly idempotencyKey?: string }]
): Promise<void> {
  assertSignalName(name);
  if (options.idempotencyKey !== undefined && !isKey(options.idempotencyKey))
    throw new ConfigurationError(
      `idempotencyKey of signal '${name}' must be a text of 1 to ${KEY_LENGTH_MAX} whole characters.`,
    );
  const runtime = currentRuntime();
  const text = encodeValue(payload, `signal '${name}'`);
  const record = await requireFlowRun(runtime, flowRunId);
  await runtime.opened.runs.sendSignal(record.id, {
    name,
    payload: text,
    ...(options.idempotencyKey === undefined ? {} : { idempotencyKey: options.idempotencyKey }),
  });
}

/** @throws InvalidNameError also for the names that resumptions of pauses have */
function assertSignalName(name: string): void {
  assertName('signal', name);
  if (!name.startsWith(RESUME_PREFIX)) return;
  const problem = `begins with '${RESUME_PREFIX}', which is reserved: resume() sends it`;
  throw new InvalidNameError({ kind: 'signal', name, problem });
}

type Checked = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

export async function check(schema: StandardSchemaV1 | undefined, value: unknown): Promise<Checked> {
  if (schema === undefined) return { ok: true, value };
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return { ok: true, value: result.value };
  return { ok: false, message: result.issues.map((issue) => issue.message).join('; ') };
}
