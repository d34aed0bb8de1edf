/**
 * What this process has defined: how a serving process finds the flow of a recorded run, and a worker thread its task.
 */
import { fileURLToPath } from 'node:url';
import { ConfigurationError, sharedByCopies } from '@millrace/kernel';
import { currentFrame } from '../run/frame.ts';
import type { Definition, FlowDefinition, TaskDefinition } from './definition.ts';

interface Registry {
  readonly flows: Map<string, FlowDefinition>;
  readonly tasks: Map<string, TaskDefinition>;
  /** What modules defined, by kind, name and file: two modules may use one name. */
  readonly inModules: Map<string, Definition>;
  readonly listeners: Set<(definition: Definition) => void>;
}

const { flows, tasks, inModules, listeners } = sharedByCopies<Registry>('registry', () => ({
  flows: new Map(),
  tasks: new Map(),
  inModules: new Map(),
  listeners: new Set(),
}));

/** The last definition of a name counts, as with a module that is loaded again. */
export function registerDefinition(definition: Definition): void {
  if (definition.kind === 'flow') flows.set(definition.name, definition);
  else tasks.set(definition.name, definition);
  // What a running body defines belongs to that body: it may close over what is there only.
  if (definition.location !== null && currentFrame() === undefined)
    inModules.set(keyOf(definition, definition.location.file), definition);
  for (const listener of listeners) listener(definition);
}

/** Tells the listener of every definition from now on. */
export function onDefined(listener: (definition: Definition) => void): { remove(): void } {
  listeners.add(listener);
  return { remove: () => void listeners.delete(listener) };
}

/** The flow of this name, as this process defined it. @throws ConfigurationError naming the flow and the way out. */
export function requireFlow(name: string): FlowDefinition {
  const definition = findFlow(name);
  if (definition === undefined) {
    throw new ConfigurationError(
      `The flow '${name}' is not defined in this process: import the module that defines it first.`,
    );
  }
  return definition;
}

/** Whether this process has defined a task of this name. */
export function isTaskDefined(name: string): boolean {
  return tasks.has(name);
}

export function findFlow(name: string): FlowDefinition | undefined {
  return flows.get(name);
}

/** The task of this name, as this process defined it last. */
export function findTask(name: string): TaskDefinition | undefined {
  return tasks.get(name);
}

/** What this file defined under the name while it was loaded; else what a body in it defined last. */
export function definedIn(file: string, wanted: Pick<Definition, 'kind' | 'name'>): Definition | undefined {
  const found = inModules.get(keyOf(wanted, file));
  if (found !== undefined) return found;
  const last = wanted.kind === 'flow' ? flows.get(wanted.name) : tasks.get(wanted.name);
  return last?.location != null && pathOf(last.location.file) === pathOf(file) ? last : undefined;
}

/** Whether this very definition is what its module made under its name: any process that loads the module has it too. */
export function isOfModule(definition: Definition): boolean {
  return definition.location !== null && inModules.get(keyOf(definition, definition.location.file)) === definition;
}

function keyOf({ kind, name }: Pick<Definition, 'kind' | 'name'>, file: string): string {
  return `${kind}\n${name}\n${pathOf(file)}`;
}

/** One name for a file, whether the stack had its path or its URL. */
function pathOf(file: string): string {
  return file.startsWith('file:') ? fileURLToPath(file) : file;
}

/** The flows that this process has defined. */
export function flowNames(): readonly string[] {
  return [...flows.keys()];
}
