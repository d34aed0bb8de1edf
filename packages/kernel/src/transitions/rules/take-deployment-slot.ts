/** A run takes a slot of its deployment's limit when it becomes PENDING; without a free slot it waits or is cancelled. */
import { cancelled, scheduled } from '../../states/constructors.ts';
import { StateName, StateType } from '../../states/state.ts';
import { abort, need, type Rule, reject } from '../rule.ts';
import { anyOrigin } from '../state-sets.ts';

/** When a run that found no slot asks again. */
const slotWaitMs = 30_000;

const active: readonly string[] = [StateType.Pending, StateType.Running, StateType.Cancelling];

export const takeDeploymentSlot: Rule = {
  name: 'take-deployment-slot',
  summary:
    "A run that is made ready takes a slot of its deployment's limit; while none is free it waits as AwaitingConcurrencySlot, or is CANCELLED.",
  prefect: 'SecureFlowConcurrencySlots',
  of: 'flow',
  driver: 'client',
  from: anyOrigin.filter((origin) => !active.includes(origin)),
  to: [StateType.Pending],
  decide({ run: { needs }, proposed, now }) {
    const deployment = needs?.deployment ?? null;
    if (deployment === null || deployment.limit === null) return undefined;
    const { limit, occupied, hasSlot, whenFull } = deployment;
    if (limit === 0) return abort('The deployment concurrency limit is 0. The flow will not run.');
    if (hasSlot || occupied < limit) return need({ kind: 'take-deployment-slot' });
    if (whenFull === 'cancel') {
      const message = 'Deployment concurrency limit reached.';
      return reject(message, cancelled(proposed.at, message));
    }
    const options = { name: StateName.AwaitingConcurrencySlot };
    return reject('Deployment concurrency limit reached.', scheduled(proposed.at, now + slotWaitMs, options));
  },
};
