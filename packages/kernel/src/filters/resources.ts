/**
 * The resources that have lists: the fields that filters test, the relations that they follow and the fields that order a list.
 *
 * A new filter is one line here, because the store derives its column from the name.
 */
import type { FlowRunRecord } from '../runs/flow-run.ts';
import type { TaskRunRecord } from '../runs/task-run.ts';
import { type Field, type FieldTable, fieldsOf } from './fields.ts';

/** The fields of a line of log that filters read. */
interface LogRecord {
  /** Grows in the order of writing. */
  readonly sequence: number;
  readonly flowRunId: string | null;
  readonly taskRunId: string | null;
  readonly level: number;
  readonly message: string;
  /** When it was logged (epoch ms). */
  readonly at: number;
}

/** The fields of an artifact that filters read. */
interface ArtifactRecord {
  readonly id: string;
  readonly key: string | null;
  readonly type: string;
  readonly flowRunId: string | null;
  readonly taskRunId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The fields of a variable that filters read. */
interface VariableRecord {
  readonly name: string;
  readonly tags: readonly string[];
}

/** The records of each resource. */
export interface ResourceRecords {
  readonly 'flow-run': FlowRunRecord;
  readonly 'task-run': TaskRunRecord;
  readonly log: LogRecord;
  readonly artifact: ArtifactRecord;
  readonly variable: VariableRecord;
}

/** A kind of record that has lists. */
export type Resource = keyof ResourceRecords;

/** How records of one resource lead to records of another: those whose field `there` equals this record's field `here`. */
export interface Relation {
  readonly to: Resource;
  readonly here: string;
  readonly there: string;
}

const flowRun = fieldsOf<FlowRunRecord>();
const taskRun = fieldsOf<TaskRunRecord>();
const log = fieldsOf<LogRecord>();
const artifact = fieldsOf<ArtifactRecord>();
const variable = fieldsOf<VariableRecord>();

const flowRunFields = {
  id: flowRun.text((run) => run.id),
  name: flowRun.text((run) => run.name),
  flowName: flowRun.text((run) => run.flowName),
  flowVersion: flowRun.textOrNull((run) => run.flowVersion),
  tags: flowRun.tags((run) => run.tags),
  stateType: flowRun.text((run) => run.state.type),
  stateName: flowRun.text((run) => run.state.name),
  idempotencyKey: flowRun.textOrNull((run) => run.idempotencyKey),
  parentFlowRunId: flowRun.textOrNull((run) => run.parentFlowRunId),
  parentTaskRunId: flowRun.textOrNull((run) => run.parentTaskRunId),
  /** null for an outermost run, which is its own root. */
  rootFlowRunId: flowRun.textOrNull((run) => (run.rootFlowRunId === run.id ? null : run.rootFlowRunId)),
  deploymentId: flowRun.textOrNull((run) => run.deploymentId),
  workQueueId: flowRun.textOrNull((run) => run.workQueueId),
  createdAt: flowRun.instant((run) => run.createdAt),
  expectedStartAt: flowRun.instant((run) => run.expectedStartAt),
  /** When it is to start; null = it is not scheduled. */
  nextStartAt: flowRun.instantOrNull((run) => run.nextStartAt),
  startAt: flowRun.instantOrNull((run) => run.startAt),
  endAt: flowRun.instantOrNull((run) => run.endAt),
  /** When it started, or is expected to: the order that people mean by "newest first". */
  sortAt: flowRun.instant((run) => run.startAt ?? run.expectedStartAt),
} satisfies FieldTable<FlowRunRecord>;

const taskRunFields = {
  id: taskRun.text((run) => run.id),
  name: taskRun.text((run) => run.name),
  taskKey: taskRun.text((run) => run.taskKey),
  flowRunId: taskRun.textOrNull((run) => run.flowRunId),
  parentTaskRunId: taskRun.textOrNull((run) => run.parentTaskRunId),
  tags: taskRun.tags((run) => run.tags),
  stateType: taskRun.text((run) => run.state.type),
  stateName: taskRun.text((run) => run.state.name),
  cacheKey: taskRun.textOrNull((run) => run.cacheKey),
  createdAt: taskRun.instant((run) => run.createdAt),
  startAt: taskRun.instantOrNull((run) => run.startAt),
  endAt: taskRun.instantOrNull((run) => run.endAt),
} satisfies FieldTable<TaskRunRecord>;

const logFields = {
  sequence: log.number((line) => line.sequence),
  flowRunId: log.textOrNull((line) => line.flowRunId),
  taskRunId: log.textOrNull((line) => line.taskRunId),
  level: log.number((line) => line.level),
  loggedAt: log.instant((line) => line.at),
  message: log.text((line) => line.message),
} satisfies FieldTable<LogRecord>;

const artifactFields = {
  id: artifact.text((one) => one.id),
  key: artifact.textOrNull((one) => one.key),
  type: artifact.text((one) => one.type),
  flowRunId: artifact.textOrNull((one) => one.flowRunId),
  taskRunId: artifact.textOrNull((one) => one.taskRunId),
  createdAt: artifact.instant((one) => one.createdAt),
  updatedAt: artifact.instant((one) => one.updatedAt),
} satisfies FieldTable<ArtifactRecord>;

const variableFields = {
  name: variable.text((one) => one.name),
  tags: variable.tags((one) => one.tags),
} satisfies FieldTable<VariableRecord>;

/** The fields of each resource, by name. */
export interface ResourceFields {
  readonly 'flow-run': typeof flowRunFields;
  readonly 'task-run': typeof taskRunFields;
  readonly log: typeof logFields;
  readonly artifact: typeof artifactFields;
  readonly variable: typeof variableFields;
}

const relations = {
  'flow-run': {
    parent: { to: 'flow-run', here: 'parentFlowRunId', there: 'id' },
    subflows: { to: 'flow-run', here: 'id', there: 'parentFlowRunId' },
    taskRuns: { to: 'task-run', here: 'id', there: 'flowRunId' },
  },
  'task-run': {
    flowRun: { to: 'flow-run', here: 'flowRunId', there: 'id' },
    subflows: { to: 'flow-run', here: 'id', there: 'parentTaskRunId' },
  },
  log: {
    flowRun: { to: 'flow-run', here: 'flowRunId', there: 'id' },
    taskRun: { to: 'task-run', here: 'taskRunId', there: 'id' },
  },
  artifact: {
    flowRun: { to: 'flow-run', here: 'flowRunId', there: 'id' },
    taskRun: { to: 'task-run', here: 'taskRunId', there: 'id' },
  },
  variable: {},
} as const satisfies Readonly<Record<Resource, Readonly<Record<string, Relation>>>>;

/** The relations of each resource, by name. */
export type ResourceRelations = typeof relations;

// The first one is the resource's key: unique, and what orders records whose other field is equal.
const sorts = {
  'flow-run': ['id', 'sortAt', 'expectedStartAt', 'nextStartAt', 'name', 'endAt'],
  'task-run': ['id', 'createdAt', 'name', 'endAt'],
  log: ['sequence'],
  artifact: ['id', 'createdAt', 'updatedAt', 'key'],
  variable: ['name'],
} as const satisfies { readonly [R in Resource]: readonly (keyof ResourceFields[R])[] };

/** The fields by which a list of the resource can be ordered. */
export type SortField<R extends Resource> = (typeof sorts)[R][number];

/** A resource as its lists see it. */
export interface ResourceDefinition<TRecord> {
  readonly fields: FieldTable<TRecord>;
  readonly relations: Readonly<Record<string, Relation>>;
  readonly key: string;
}

const definitions: { readonly [R in Resource]: ResourceDefinition<ResourceRecords[R]> } = {
  'flow-run': { fields: flowRunFields, relations: relations['flow-run'], key: sorts['flow-run'][0] },
  'task-run': { fields: taskRunFields, relations: relations['task-run'], key: sorts['task-run'][0] },
  log: { fields: logFields, relations: relations.log, key: sorts.log[0] },
  artifact: { fields: artifactFields, relations: relations.artifact, key: sorts.artifact[0] },
  variable: { fields: variableFields, relations: relations.variable, key: sorts.variable[0] },
};

/** Fields, relations and key of a resource. */
export function resourceOf<R extends Resource>(resource: R): ResourceDefinition<ResourceRecords[R]> {
  return definitions[resource];
}

/**
 * The field of a resource by its name.
 *
 * @throws TypeError for a name that the resource does not have, because the filter was then not checked by the compiler
 */
export function fieldOf<TRecord>(definition: ResourceDefinition<TRecord>, name: string): Field<TRecord> {
  const field = definition.fields[name];
  if (field === undefined) throw new TypeError(`a filter names the field ${name}, which its resource does not have`);
  return field;
}

/**
 * The relation of a resource to another one by its name.
 *
 * @throws TypeError for a name that the resource does not have
 */
export function relationOf(definition: ResourceDefinition<never>, name: string): Relation {
  const relation = definition.relations[name];
  if (relation === undefined) throw new TypeError(`a filter follows ${name}, which its resource does not have`);
  return relation;
}
