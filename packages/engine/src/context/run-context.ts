/**
 * The context of a run: the view that a body has of its run. Passed as the last argument to bodies that declare it, and returned by
 * `context()` anywhere below them.
 */
import type { Frame } from '../runs/model.ts';
import type { Logger, RunContext, RunView } from '../definitions/run-context.ts';
import { NotInRun } from '@millrace/kernel';
import { currentFrame, speakingFrame } from '../runs/frame.ts';
import { createLogger } from './logger.ts';
import { viewOf } from '../runs/run-view.ts';

class FrameContext implements RunContext {
  readonly #frame: Frame;
  readonly #parameters: Readonly<Record<string, unknown>> | null;
  constructor(frame: Frame, parameters: Readonly<Record<string, unknown>> | null) {
    this.#frame = frame;
    this.#parameters = parameters;
  }
  get flowRun(): RunView | undefined {
    const { flow } = this.#frame;
    return flow === null ? undefined : viewOf(flow.run);
  }
  get taskRun(): RunView | undefined {
    const { run } = this.#frame;
    return run.kind === 'task' ? viewOf(run) : undefined;
  }
  get attempt(): number {
    return this.#frame.run.record?.runCount ?? 1;
  }
  get signal(): AbortSignal {
    return this.#frame.run.signal;
  }
  get logger(): Logger {
    return createLogger(this.#frame);
  }
  get parameters(): Readonly<Record<string, unknown>> {
    return this.#parameters ?? this.#frame.flow?.parameters ?? {};
  }
  get tags(): readonly string[] {
    return this.#frame.tags;
  }
}

/** @param parameters in place of the flow run's */
export function contextOf(frame: Frame, parameters: Readonly<Record<string, unknown>> | null = null): RunContext {
  return new FrameContext(frame, parameters);
}

/**
 * The context of the run that this code belongs to.
 *
 * @throws NotInRun outside any run
 * @example
 * const { attempt, signal } = context();
 */
export function context(): RunContext {
  const frame = speakingFrame();
  if (frame === undefined) throw new NotInRun({ call: 'context()' });
  return contextOf(frame);
}

/** @throws NotInRun naming the call, outside any run. */
export function requireFrame(call: string): Frame {
  const frame = currentFrame();
  if (frame === undefined) throw new NotInRun({ call });
  return frame;
}
