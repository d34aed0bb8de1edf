/** The lease of a deployment's slot goes with the run from state to state, because its client renews it by the id in the state. */
import { amend, type Rule } from '../rule.ts';
import { anyType } from '../state-sets.ts';

export const carryDeploymentLease: Rule = {
  name: 'carry-deployment-lease',
  summary: "A flow run's states keep the lease of its deployment's slot.",
  prefect: 'PreserveDeploymentConcurrencyLeaseId',
  of: 'flow',
  driver: 'client',
  from: anyType,
  to: anyType,
  holdsUnderForce: true,
  decide({ run: { state }, proposed }) {
    const deploymentLeaseId = state?.details?.deploymentLeaseId;
    if (deploymentLeaseId === undefined || proposed.details?.deploymentLeaseId !== undefined) return undefined;
    return amend({ ...proposed, details: { ...proposed.details, deploymentLeaseId } });
  },
};
