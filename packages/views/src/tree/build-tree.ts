/**
 * A tree from the records of all its runs. Few runs of one flow or task under one parent are shown one by one; many become a group with
 * counts, and so do all descendants of a group.
 */
import { type FlowRunRecord, StateType, type TaskRunRecord } from '@millrace/kernel';
import { countStates } from '../states/state-counts.ts';
import type { GroupNode, RunNode, TreeNode } from './tree-node.ts';

/** The maximum number of runs of one flow or task under one parent that are shown one by one. */
export const singlesMax = 10;
/** The number of failed members of a group that are shown beside its counts. */
export const failedShownMax = 3;

type Member =
  | { readonly record: FlowRunRecord; readonly type: 'flow' }
  | { readonly record: TaskRunRecord; readonly type: 'task' };

/** All runs by the id of their parent. */
export type ChildIndex = ReadonlyMap<string, readonly Member[]>;

/** Indexes every run by the task run, or else the flow run, that called it. */
export function indexChildren(flowRuns: readonly FlowRunRecord[], taskRuns: readonly TaskRunRecord[]): ChildIndex {
  const index = new Map<string, Member[]>();
  const add = (parentId: string | null, member: Member): void => {
    if (parentId === null) return;
    const siblings = index.get(parentId);
    if (siblings === undefined) index.set(parentId, [member]);
    else siblings.push(member);
  };
  for (const record of flowRuns) add(record.parentTaskRunId ?? record.parentFlowRunId, { record, type: 'flow' });
  for (const record of taskRuns) add(record.parentTaskRunId ?? record.flowRunId, { record, type: 'task' });
  return index;
}

/** The children of one run. */
export function childrenOf(parentId: string, index: ChildIndex): readonly TreeNode[] {
  return familiesOf([parentId], index).flatMap((family): readonly TreeNode[] =>
    family.length <= singlesMax ? family.map((member) => memberNode(member, index)) : [groupOf(family, index)],
  );
}

/** The runs under these parents grouped by flow or task, in the order of their first runs. */
function familiesOf(parentIds: readonly string[], index: ChildIndex): readonly (readonly Member[])[] {
  const families = new Map<string, Member[]>();
  for (const member of parentIds.flatMap((id) => index.get(id) ?? [])) {
    const key = `${member.type}:${nameOf(member)}`;
    const family = families.get(key);
    if (family === undefined) families.set(key, [member]);
    else family.push(member);
  }
  for (const family of families.values()) family.sort((a, b) => byId(a.record, b.record));
  return [...families.values()].sort((a, b) => byId(first(a), first(b)));
}

function groupOf(family: readonly Member[], index: ChildIndex): GroupNode {
  const failed = family.filter(({ record }) => isFailure(record.state.type)).slice(0, failedShownMax);
  const below = familiesOf(
    family.map(({ record }) => record.id),
    index,
  );
  const [member] = family;
  return {
    kind: 'group',
    of: member === undefined ? '' : nameOf(member),
    members: member?.type ?? 'task',
    counts: countStates(family.map(({ record }) => record.state)),
    total: family.length,
    children: [
      ...failed.map((one) => (one.type === 'flow' ? flowNode(one.record, []) : taskNode(one.record, []))),
      ...below.map((nested) => groupOf(nested, index)),
    ],
  };
}

/** Whether a member of a group is shown by name. */
export function isFailure(type: string): boolean {
  return type === StateType.Failed || type === StateType.Crashed;
}

function memberNode(member: Member, index: ChildIndex): RunNode {
  const children = childrenOf(member.record.id, index);
  return member.type === 'flow' ? flowNode(member.record, children) : taskNode(member.record, children);
}

/** The node of a flow run over the nodes of what it called. */
export function flowNode(record: FlowRunRecord, children: readonly TreeNode[]): RunNode {
  const { id, flowName: of, name, state, startAt, endAt, runCount, runTimeMs, waiting } = record;
  return { kind: 'flow', id, of, name, state, startAt, endAt, runCount, runTimeMs, waiting, children };
}

/** The node of a task run over the nodes of what it called. */
export function taskNode(record: TaskRunRecord, children: readonly TreeNode[]): RunNode {
  const { id, taskKey: of, name, state, startAt, endAt, runCount, runTimeMs, kind } = record;
  const waiting = state.details?.reason ?? null;
  return { kind, id, of, name, state, startAt, endAt, runCount, runTimeMs, waiting, children };
}

function nameOf(member: Member): string {
  return member.type === 'flow' ? member.record.flowName : member.record.taskKey;
}

function first(family: readonly Member[]): { readonly id: string } {
  return family[0]?.record ?? { id: '' };
}

/** By time of creation, because ids grow with time. */
function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
