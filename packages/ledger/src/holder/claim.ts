/** A claim of this process: the run that it wins becomes an execution, with no moment in which the process seems not to own it. */
import type { Claim } from '@millrace/kernel';
import type { FoundRun } from '../use-cases/claim-run.ts';
import { Reservation } from '../use-cases/reservation.ts';
import type { HolderContext } from './holder-context.ts';
import { recordedRunsOf } from './recorded-children.ts';
import { RunExecution } from './run-execution.ts';

export async function claim(
  context: HolderContext,
  find: (reservation: Reservation) => Promise<FoundRun>,
): Promise<Claim> {
  const reservation = new Reservation(context.owned);
  try {
    const found = await find(reservation);
    if (found.status !== 'ours') return found;
    return { status: 'claimed', execution: new RunExecution(context, found.run, recordedRunsOf(found.recorded)) };
  } finally {
    reservation.drop();
  }
}
