/** Where the fields of a resource are in its table: the column has the field's name in snake case, unless it is listed here. */
import type { Resource } from '@millrace/kernel';

/** The table of each resource. */
export const tableOf: Readonly<Record<Resource, string>> = {
  'flow-run': 'flow_run',
  'task-run': 'task_run',
  log: 'log',
  artifact: 'artifact',
  variable: 'variable',
};

/** Fields that are no column: `$` stands for the table's alias. Word for word as in the indexes of expressions. */
const expressions: Readonly<Record<string, string>> = {
  'flow-run.sortAt': 'COALESCE($.start_at, $.expected_start_at)',
};

/** The expression of a field in a statement whose table has this alias. */
export function columnOf(resource: Resource, field: string, alias: string): string {
  const expression = expressions[`${resource}.${field}`];
  return expression === undefined ? `${alias}.${snakeCase(field)}` : expression.replaceAll('$', alias);
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
