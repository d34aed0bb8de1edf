/** Which simulation the bodies that run now belong to, a matter of the moment: one runs at a time. */
import { logger, type TaskContext } from '@millrace/engine';
import type { Effects } from './effects.ts';
import type { World } from './world.ts';

/** The parts of the present simulation that bodies need. */
export interface Stage {
  readonly world: World;
  readonly effects: Effects;
}

const stage: { current: Stage | null } = { current: null };

export function enterStage(next: Stage | null): void {
  stage.current = next;
}

export function onStage(): Stage {
  if (stage.current === null) throw new Error('no simulation runs');
  return stage.current;
}

/** A body's own time, which ends early when it is aborted. */
export function spend(workMs: number, signal: AbortSignal): Promise<void> {
  const { world } = onStage();
  const owner = world.current;
  if (workMs === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = world.schedule(owner, workMs, {
      label: 'has worked',
      run: () => {
        signal.removeEventListener('abort', stop);
        resolve();
      },
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** A body starts: the effects ledger and the log record it. Gives the token of this execution. */
export function begin(
  call: string,
  { attempt, flowRun }: Pick<TaskContext, 'attempt' | 'flowRun'>,
  isOneOfEqual = false,
): string {
  const token = onStage().effects.begin({ flowRunId: flowRun?.id ?? '', call, attempt, isOneOfEqual });
  logger().info(`${call} ${token}`);
  return token;
}
