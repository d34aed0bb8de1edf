/**
 * Identifies the task or flow that an isolated body calls, so that its process finds the same one: by the module of its definition and
 * the changed options of a copy (`.with`). A task that the body itself made is called in the worker.
 */
import { decodeValue, encodeValue, NotSerializable, NotTransferable } from '@millrace/kernel';
import type { Definition, TaskDefinition } from '../definitions/definition.ts';
import { assertOnlyInFile } from '../runs/name-claims.ts';
import { definedIn, findFlow, findTask, isOfModule } from '../runs/registry.ts';
import { pathOf } from '../definitions/source-location.ts';
import { waitDefinition } from '../definitions/wait-definition.ts';
import type { Callee } from './wire.ts';

/** Fields that identify a definition, and are equal on both sides. */
const identity = new Set(['kind', 'body', 'location', 'original', 'parameterNames', 'restPosition', 'contextPosition']);

const foundByName = 'an isolated body and its process find it by file and name';

/** @throws NotTransferable for options that can't cross, and for flows that a body made */
export function calleeOf(definition: Definition, closureOf: (task: TaskDefinition) => number): Callee {
  const original = definition.original ?? definition;
  const { kind, name, location } = original;
  assertOnlyInFile(original, foundByName);
  if (location !== null && isOfModule(original))
    return { kind, name, file: location.file, changes: optionsText(definition, original) };
  if (definition.kind === 'flow') {
    throw new NotTransferable({
      taskName: name,
      path: 'the flow',
      problem: 'it was made inside a body that runs isolated; define it at the top level of a module',
    });
  }
  return {
    kind: 'closure',
    closure: closureOf(definition),
    name: definition.name,
    options: optionsText(definition, { ...waitDefinition(definition.name), isolate: null }),
  };
}

/**
 * The definition that the callee names, in this process.
 *
 * @param bodyOf makes the function that calls the body of a closure
 * @throws NotTransferable when no module here has it; DuplicateName when several here could be meant
 */
export function definitionOf(callee: Callee, bodyOf: (closure: number) => TaskDefinition['body']): Definition {
  if (callee.kind === 'closure') {
    const options = decodeValue(callee.options) as Partial<TaskDefinition>;
    // Inline under any runner, because its body is called in the worker that made it.
    return { ...waitDefinition(callee.name), ...options, body: bodyOf(callee.closure), isolate: 'inline' };
  }
  const original = definedIn(callee.file, callee) ?? madeIn(callee.file, callee);
  if (original === undefined) {
    throw new NotTransferable({
      taskName: callee.name,
      path: `the ${callee.kind}`,
      problem: `${callee.file} has not defined it in the process that called the isolated task; import it there`,
    });
  }
  assertOnlyInFile(original, foundByName);
  const changes = decodeValue(callee.changes) as Partial<Definition>;
  return Object.keys(changes).length === 0 ? original : ({ ...original, ...changes, original } as Definition);
}

/** The definition that a body of this file made under the name, if it is the only one. */
function madeIn(file: string, { kind, name }: Pick<Definition, 'kind' | 'name'>): Definition | undefined {
  const found = kind === 'flow' ? findFlow(name) : findTask(name);
  return found?.location != null && pathOf(found.location.file) === pathOf(file) ? found : undefined;
}

/** The options of a definition that differ from `base`, as text. */
function optionsText(definition: Definition, base: Definition): string {
  if (definition === base) return '{}';
  const theirs = base as unknown as Record<string, unknown>;
  const changes: Record<string, unknown> = {};
  for (const [option, value] of Object.entries(definition)) {
    if (!identity.has(option) && !isSame(value, theirs[option])) changes[option] = value;
  }
  try {
    return encodeValue(changes, 'option');
  } catch (error) {
    if (!(error instanceof NotSerializable)) throw error;
    const path = String(error.details.path);
    throw new NotTransferable({
      taskName: definition.name,
      path,
      problem: String(error.details.problem),
      cause: error,
    });
  }
}

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const entries = Object.entries(one);
  const others = other as Record<string, unknown>;
  return entries.length === Object.keys(other).length && entries.every(([key, value]) => isSame(value, others[key]));
}
