/** The slots of this process: it keeps them until they are released. The caller waits if a limit is full. */
import { ConfigurationError, type SlotAnswer, type SlotRequest } from '@millrace/kernel';
import type { HolderContext } from './holder-context.ts';

export async function acquireLeased(context: HolderContext, request: SlotRequest): Promise<SlotAnswer> {
  const { occupy, holderId } = request;
  if (!Number.isSafeInteger(occupy) || occupy < 1) {
    throw new ConfigurationError(`The number of slots to occupy must be a whole number of 1 or more, not ${occupy}.`);
  }
  const { session, leases, journal } = context;
  const leaseId = context.ids();
  const wanted = { ...request, leaseId, sessionId: session.id };
  const answer = await session.taking(() => journal.slots.acquire(wanted));
  if (answer.status !== 'granted') return answer;
  if (request.mode === 'concurrency') leases.add(leaseId, holderId, { names: answer.names, occupy });
  return { status: 'granted', leaseId };
}
