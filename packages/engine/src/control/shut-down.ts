/**
 * The end of an engine: what others can go on with is left to them, all else is cancelled.
 *
 * A run that this process took up as one who serves its flow belongs to whoever serves it: it has the grace to end here, then
 * its bodies are aborted and it is let go of, so that the next one takes it up at once and no crash is counted. A run that this
 * process's own code started is cancelled, asleep or not (SIGINT and SIGTERM cancel the scope).
 */
import { RunCancelled } from '@millrace/kernel';
import type { Engine } from '../engine.ts';
import { lose } from '../run/lose.ts';

/** Resolves when nothing runs any more and everything is recorded. */
export async function shutDown(engine: Engine, reason: string): Promise<void> {
  const { waker } = engine;
  engine.stopping = reason;
  waker.stop();
  for (const run of [...engine.roots]) if (!waker.hasTakenUp(run)) engine.cancel(run, reason);
  const timer = engine.clock.setTimer(engine.cancelGraceMs, () => {
    for (const run of engine.roots) {
      const why = `${reason}: it goes on in another process`;
      if (waker.hasTakenUp(run)) lose(run, new RunCancelled({ runId: run.id, runName: run.name, reason: why }));
    }
  });
  await engine.atRest();
  timer.cancel();
  await engine.close();
}
