/**
 * Equal calls whose order may differ in a replay: a warning is logged when they first occur, and a replay that would have to guess is
 * refused.
 */
import type { Frame } from '../runs/model.ts';
import { AmbiguousReplay, type FlowRunRecord, type TaskRunRecord } from '@millrace/kernel';
import { LogLevel, writeLine } from '../context/logger.ts';

interface Called {
  readonly kind: string;
  readonly name: string;
}

/**
 * Fails the run and all above it, whatever their bodies make of the error: a body that caught it would go on with a wrong value.
 *
 * @throws AmbiguousReplay
 */
export function refuseReplay(
  frame: Frame,
  { kind, name }: Called,
  open: readonly (TaskRunRecord | FlowRunRecord)[],
): never {
  const flowRun = frame.flow?.run ?? frame.run;
  const error = new AmbiguousReplay({
    flowRunId: rootOf(frame).id,
    flowRunName: flowRun.name,
    taskName: name,
    kind,
    calls: open.map((record) => ({ id: record.id, name: record.name, state: record.state.name })),
  });
  for (let above: Frame | null = frame; above !== null; above = above.run.caller) {
    const { run } = above;
    run.refuse(error);
    run.abort(error);
    run.abandon?.({ kind: 'refused', error });
  }
  throw error;
}

/** The run that alone can be resumed. */
function rootOf(frame: Frame): Frame['run'] {
  return frame.run.tree.root;
}

/** Says that equal calls are in branches, with the way out. */
export function warnOfBranches(frame: Frame, { kind, name }: Called, isKnown: boolean): void {
  // Outside any flow nothing is called again, and a sleep has no value that another branch could get.
  if (frame.flow === null || (kind === 'sleep' && isKnown)) return;
  const where = isKnown
    ? 'is called with nothing to tell its calls apart in branches that run side by side'
    : 'is called from where its order among equal calls can not be seen, such as a callback, a queue or a helper that is not awaited';
  writeLine(frame, {
    level: LogLevel.warning,
    text:
      `${kind[0]?.toUpperCase()}${kind.slice(1)} '${name}' ${where}. After a crash its recorded values are not guessed: a replay that can not ` +
      'tell fails with AmbiguousReplay. Give each call a key, { key }, that is its own.',
    print: true,
  });
}
