/** Makes the records of new runs: PENDING and complete, because an incomplete record must never be visible. */
import { type FlowRunInit, type FlowRunRecord, pending, type TaskRunInit, type TaskRunRecord } from '@millrace/kernel';

/** A flow run that the session owns from its first moment. */
export function freshFlowRun(init: FlowRunInit, now: number, sessionId: string | null): FlowRunRecord {
  return {
    kind: 'flow',
    id: init.id,
    driver: init.driver ?? 'engine',
    name: init.name,
    flowName: init.flowName,
    flowVersion: init.flowVersion,
    parentFlowRunId: init.parentFlowRunId,
    parentTaskRunId: init.parentTaskRunId,
    rootFlowRunId: init.rootFlowRunId ?? init.id,
    replayKey: init.replayKey,
    idempotencyKey: init.idempotencyKey,
    deploymentId: null,
    workQueueId: null,
    details: null,
    state: pending(now),
    history: [],
    runCount: 0,
    crashCount: 0,
    parameters: init.parameters,
    outcome: null,
    tags: init.tags,
    policy: init.policy,
    createdAt: now,
    expectedStartAt: now,
    nextStartAt: null,
    startAt: null,
    endAt: null,
    runTimeMs: 0,
    wakeAt: null,
    waiting: null,
    divergence: [],
    rerunOf: init.rerunOf ?? null,
    lastSeenAt: null,
    sessionId,
    token: 1,
    revision: '',
  };
}

/** A task run (or step, sleep, signal wait, pause): in a flow run, or outside any flow and owned by a session. */
export function freshTaskRun(
  init: TaskRunInit,
  now: number,
  { flowRun, sessionId }: { readonly flowRun: FlowRunRecord | null; readonly sessionId: string | null },
): TaskRunRecord {
  return {
    id: init.id,
    name: init.name,
    kind: init.kind,
    flowRunId: flowRun === null ? null : flowRun.id,
    sessionId,
    parentTaskRunId: init.parentTaskRunId,
    taskKey: init.taskKey,
    dynamicKey: null,
    replayKey: init.replayKey,
    state: pending(now),
    history: [],
    runCount: 0,
    flowRunCount: flowRun === null ? 0 : flowRun.runCount,
    parameters: init.parameters,
    inputs: init.inputs,
    outcome: null,
    cacheKey: null,
    tags: init.tags,
    retryPolicy: null,
    details: null,
    createdAt: now,
    startAt: null,
    endAt: null,
    runTimeMs: 0,
    wakeAt: init.wakeAt ?? null,
  };
}
