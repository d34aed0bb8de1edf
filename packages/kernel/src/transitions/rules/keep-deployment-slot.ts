/** A run whose deployment slot was lost before it started takes another slot, or does not start. */
import { cancelled } from '../../states/constructors.ts';
import { StateType } from '../../states/state.ts';
import { need, type Rule, reject } from '../rule.ts';

export const keepDeploymentSlot: Rule = {
  name: 'keep-deployment-slot',
  summary:
    "A run starts with a slot of its deployment's limit; one that lost its slot meanwhile, when none is free, is CANCELLED.",
  prefect: 'ValidateDeploymentConcurrencyAtRunning',
  of: 'flow',
  driver: 'client',
  from: [StateType.Pending],
  to: [StateType.Running],
  decide({ run: { needs, state }, proposed }) {
    const deployment = needs?.deployment ?? null;
    if (deployment === null || deployment.limit === null) return undefined;
    if (deployment.hasSlot || deployment.occupied < deployment.limit) return need({ kind: 'take-deployment-slot' });
    // A limit that was set after the run was made ready does not stop it.
    if (state?.details?.deploymentLeaseId === undefined) return undefined;
    const message = 'Deployment concurrency slot lost during provisioning - no slots available to continue execution';
    return reject(message, cancelled(proposed.at, message));
  },
};
