/** Selects the flow runs that a batch locks before it writes: those that it changes, and those under whose fences it writes. */
import type { Fence, FlowRunFence } from '../ports/store.ts';
import type { RowBatch } from './dialect.ts';

export function isFlowRunFence(fence: Fence | null): fence is FlowRunFence {
  return fence !== null && 'flowRunId' in fence;
}

/** Each once, in no order. A run that the batch inserts is not locked. */
export function lockedFlowRuns({ flows, tasks }: RowBatch): readonly FlowRunFence[] {
  const found = new Map<string, FlowRunFence>();
  const add = (fence: FlowRunFence): void => {
    found.set(`${fence.flowRunId} ${fence.token}`, fence);
  };
  for (const { record, expected, parent } of flows) {
    if (expected !== '') add({ flowRunId: record.id, token: record.token });
    else if (parent !== null) add(parent);
  }
  for (const { fence } of tasks) if (isFlowRunFence(fence)) add(fence);
  return [...found.values()];
}
