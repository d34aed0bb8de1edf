/** Maps the fields of a resource to the columns of its table: a column has the field's name in snake case, unless it is an expression. */
import type { Resource } from '@millrace/kernel';
import { sortAt } from '../sql/conditions.ts';

/** The table of each resource. */
export const tableOf: Readonly<Record<Resource, string>> = {
  'flow-run': 'flow_run',
  'task-run': 'task_run',
  log: 'log',
  artifact: 'artifact',
  variable: 'variable',
};

/** The expression of a field in a statement whose table has this alias. */
export function columnOf(resource: Resource, field: string, alias: string): string {
  if (resource === 'flow-run' && field === 'sortAt') return sortAt(`${alias}.`);
  return `${alias}.${snakeCase(field)}`;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
