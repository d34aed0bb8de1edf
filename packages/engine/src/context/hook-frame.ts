/**
 * The frame of a user's function that is called beside a body: a hook, a run name, a retry condition. What it says is the run's;
 * what it starts is its caller's, because the run's own scope may have closed.
 */
import type { Frame, Run } from '../runs/model.ts';
import { ConfigurationError } from '@millrace/kernel';
import { currentFrame, frameWithin, runBeside } from '../runs/frame.ts';
import { tagsOf } from './tags.ts';
import { TaskFrame } from '../runs/task-frame.ts';

type Parameters = Readonly<Record<string, unknown>>;

const parametersByRun = new WeakMap<Run, Parameters>();

/** What `context().parameters` gives in the hooks of this flow run. */
export function rememberParameters(run: Run, parameters: Parameters): void {
  parametersByRun.set(run, parameters);
}

export function frameBeside(run: Run, parameters: Parameters = parametersByRun.get(run) ?? {}): Frame {
  const frame = new TaskFrame(run, { place: null, tags: tagsOf(run) });
  if (run.definition.kind === 'task') return frame;
  return frameWithin(frame, { flow: { run, places: { place: noPlace }, parameters } });
}

/** Calls a function as one of the run's, whatever frame this code is in. */
export function callBeside<T>(run: Run, body: () => T): T {
  return runBeside({ said: frameBeside(run), around: currentFrame() }, body);
}

function noPlace(): never {
  throw new ConfigurationError('A run name starts no runs: its function is called before the run begins.');
}
