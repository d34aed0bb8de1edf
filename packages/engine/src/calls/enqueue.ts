/**
 * `enqueue`: records an outermost run, which a process that serves its flow starts.
 */
import type { Runtime } from '../runs/model.ts';
import type { StartOptions } from '../runs/runtime.ts';
import { ConfigurationError, RunNotFound } from '@millrace/kernel';
import { LogLevel } from '../context/logger.ts';
import { contextOf } from '../context/run-context.ts';
import { currentRuntime } from '../runs/default-runtime.ts';
import { defineTask, type FlowDefinition } from '../definitions/definition.ts';
import { assertOnlyOfName, claimUse } from '../runs/name-claims.ts';
import { hasFutures } from '../futures/resolve-inputs.ts';
import { RunFuture } from '../futures/run-future.ts';
import { droppedText } from '../execution/dropped-parameters.ts';
import { parametersOf } from '../execution/flow-parameters.ts';
import { currentFrame, outsideFrames } from '../runs/frame.ts';
import { flowRunInit } from '../execution/resolve-flow-run.ts';
import { warnOfOtherParameters } from '../execution/other-parameters.ts';
import { createRun } from '../runs/run.ts';
import { offloaded } from '../runs/values.ts';
import type { RunHandle } from './handle.ts';
import { recordedHandle } from './recorded-run.ts';

interface Enqueued {
  readonly definition: FlowDefinition;
  readonly args: readonly unknown[];
}

/**
 * Within a run it is a step: a body that is called again gets the run of the first call.
 *
 * @throws ConfigurationError for futures among the arguments and for `waitFor`; DuplicateName; ParameterError, NotSerializable
 */
export async function enqueueRun<T>({ definition, args }: Enqueued, options: StartOptions): Promise<RunHandle<T>> {
  const { name } = definition;
  if (hasFutures(args) || (options.waitFor ?? []).length > 0)
    throw new ConfigurationError(
      `Flow '${name}' was enqueued with futures, and another process begins it: await them and give their values.`,
      { flowName: name },
    );
  assertOnlyOfName(definition, 'the process that begins an enqueued run finds its flow by the name');
  const runtime = currentRuntime();
  await runtime.ledger();
  const frame = currentFrame();
  const id =
    frame === undefined
      ? await record(runtime, { definition, args }, null)
      : await recordedOnce(runtime, { definition, args });
  const stored = await runtime.opened.runs.flowRun(id);
  if (stored === undefined) throw new RunNotFound({ runId: id });
  return await recordedHandle<T>(runtime, stored);
}

/** The arguments identify the step. If its process dies before the step is recorded, the key makes the second call find the same run. */
async function recordedOnce(runtime: Runtime, { definition, args }: Enqueued): Promise<string> {
  const body = async (): Promise<string> => {
    const frame = currentFrame();
    const taskRun = frame === undefined ? undefined : contextOf(frame).taskRun;
    return await record(runtime, { definition, args }, taskRun === undefined ? null : `enqueued by ${taskRun.id}`);
  };
  const step = defineTask({ name: `enqueue ${definition.name}`, isolate: 'inline' }, { body, location: null });
  return await new RunFuture<string>(runtime.start(step, args, { recordKind: 'step' }));
}

async function record(runtime: Runtime, { definition, args }: Enqueued, key: string | null): Promise<string> {
  const { idempotencyKey } = definition;
  if (idempotencyKey !== null)
    claimUse(runtime, definition, {
      use: 'an idempotency key belongs to the name of its flow',
      slot: idempotencyKey,
    });
  const parameters = await parametersOf(definition, args, true);
  if (parameters.dropped.length > 0) {
    const text = droppedText(definition, parameters.dropped);
    runtime.print({ level: LogLevel.warning, at: runtime.clock.now(), subject: null, text });
  }
  const run = outsideFrames(() => createRun(runtime, definition, { caller: null, args }));
  const text = (await offloaded(run, parameters.text)) ?? parameters.text;
  const init = { ...flowRunInit(run, parameters, null), parameters: text };
  const stored = await runtime.opened.runs.enqueue({ ...init, idempotencyKey: idempotencyKey ?? key });
  if (stored.id !== init.id) await warnOfOtherParameters(run, stored, { ...parameters, text });
  return stored.id;
}
