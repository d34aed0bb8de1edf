/**
 * The frame of a user function that is called beside a body: a hook, a run name, a retry condition. Its log lines belong to the run. Runs
 * that it starts belong to the caller's scope, because the run's scope may be closed.
 */
import type { Frame, Run } from '../runs/model.ts';
import { ConfigurationError } from '@millrace/kernel';
import { currentFrame, frameWithin, runBeside } from '../runs/frame.ts';
import { tagsOf } from './tags.ts';
import { TaskFrame } from '../runs/task-frame.ts';

type Parameters = Readonly<Record<string, unknown>>;

const parametersByRun = new WeakMap<Run, Parameters>();

/** Sets `context().parameters` for the hooks of this flow run. */
export function rememberParameters(run: Run, parameters: Parameters): void {
  parametersByRun.set(run, parameters);
}

export function frameBeside(run: Run, parameters: Parameters = parametersByRun.get(run) ?? {}): Frame {
  const frame = new TaskFrame(run, { permit: null, tags: tagsOf(run) });
  if (run.kind === 'task') return frame;
  return frameWithin(frame, { flow: { run, permits: { permit: noPermit }, parameters } });
}

/** Calls a function as part of the run, in whatever frame this code is. */
export function callBeside<T>(run: Run, body: () => T): T {
  return runBeside({ said: frameBeside(run), around: currentFrame() }, body);
}

function noPermit(): never {
  throw new ConfigurationError('A run name starts no runs: its function is called before the run begins.');
}
