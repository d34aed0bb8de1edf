/** The columns that an amendment sets: those given, and `details` field by field. */
import type { DetailsPatch, FlowRunPatch, TaskRunPatch } from '@millrace/kernel';
import { encodeJson, encodeTags } from '../sql/columns.ts';
import type { SqlValue } from '../sql/dialect.ts';

type Details = Readonly<Record<string, unknown>> | null;

/** ` SET` of an UPDATE; undefined = nothing is amended. */
export interface Amendment {
  readonly assignments: string;
  readonly parameters: readonly SqlValue[];
}

/** Of a flow run whose recorded details are these. */
export function flowRunAmendment(patch: FlowRunPatch, details: Details): Amendment | undefined {
  const { name, flowVersion, tags, policy, parameters } = patch;
  return amendment([
    ['name', name],
    ['flow_version', flowVersion],
    ['tags', tags && encodeTags(tags)],
    ['policy', policy && encodeJson(policy)],
    ['parameters', parameters],
    ['details', patch.details && mergedDetails(details, patch.details)],
  ]);
}

/** Of a task run whose recorded details are these. */
export function taskRunAmendment(patch: TaskRunPatch, details: Details): Amendment | undefined {
  const { name, tags, retryPolicy } = patch;
  return amendment([
    ['name', name],
    ['tags', tags && encodeTags(tags)],
    ['retry_policy', retryPolicy === undefined ? undefined : encodeJson(retryPolicy)],
    ['details', patch.details && mergedDetails(details, patch.details)],
  ]);
}

function amendment(columns: readonly (readonly [string, SqlValue | undefined])[]): Amendment | undefined {
  const names: string[] = [];
  const parameters: SqlValue[] = [];
  for (const [name, value] of columns) {
    if (value === undefined) continue;
    names.push(`${name} = ?`);
    parameters.push(value);
  }
  return names.length === 0 ? undefined : { assignments: names.join(', '), parameters };
}

function mergedDetails(recorded: Details, patch: DetailsPatch): string | null {
  const merged = Object.entries({ ...recorded, ...patch }).filter(([, value]) => value !== null);
  return merged.length === 0 ? null : JSON.stringify(Object.fromEntries(merged));
}
