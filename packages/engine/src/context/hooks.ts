/**
 * Hooks: user functions that are called with a state of the run. Their errors are logged with the run and never change it.
 */
import type { Run } from '../runs/model.ts';
import type { Hook } from '../definitions/options.ts';
import { LogLevel, writeLine } from './logger.ts';
import { viewOf } from '../runs/run-view.ts';
import { type Ended, stateOf } from '../runs/shown-state.ts';
import { callBeside, frameBeside } from './hook-frame.ts';
import { withinGrace } from '../runs/interruptible-waits.ts';
import { messageOf } from '../runs/values.ts';

/**
 * Calls them in order and waits for each.
 *
 * @param ended how the run is about to settle; absent = it only begins
 */
export async function callHooks(run: Run, hooks: readonly Hook[], ended?: Ended): Promise<void> {
  if (hooks.length === 0) return;
  const view = viewOf(run);
  const state = stateOf(run, run.state, ended);
  for (const hook of hooks) {
    try {
      await withinGrace(
        run,
        callBeside(run, () => hook(view, state)),
      );
    } catch (error) {
      logHookFailure(
        run,
        `Hook '${hook.name || 'anonymous'}' in response to state '${state.name}' failed: ${messageOf(error)}`,
      );
    }
  }
  // Their log lines are durable before the run settles. A refused write fails the runs that made it.
  await run.execution?.committed().catch(() => {});
}

function logHookFailure(run: Run, text: string): void {
  writeLine(frameBeside(run), { level: LogLevel.error, text, print: true });
}
