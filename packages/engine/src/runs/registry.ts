/**
 * The definitions of this process: a serving process finds here the flow of a recorded run, and a worker its task.
 */
import { ConfigurationError, sharedByCopies } from '@millrace/kernel';
import { currentFrame } from './frame.ts';
import type { Definition, FlowDefinition, TaskDefinition } from '../definitions/definition.ts';
import { startedWith, claimName, findOfName, onlyOfName } from './name-claims.ts';
import { pathOf } from '../definitions/source-location.ts';

interface Registry {
  readonly flowNames: Set<string>;
  readonly taskNames: Set<string>;
  /** Definitions of modules by kind, name and file: by the URL, because another query is another module, and by the path. */
  readonly inModules: Map<string, Definition>;
  readonly listeners: Set<(definition: Definition) => void>;
}

const own = sharedByCopies<Registry>('registry', () => ({
  flowNames: new Set(),
  taskNames: new Set(),
  inModules: new Map(),
  listeners: new Set(),
}));

/** @throws DuplicateName when another module has defined something else under the name */
export function registerDefinition(definition: Definition): void {
  claimName(definition);
  (definition.kind === 'flow' ? own.flowNames : own.taskNames).add(definition.name);
  // A definition of a running body belongs to that body, because it may close over its variables.
  if (definition.location !== null && currentFrame() === undefined)
    for (const file of [definition.location.file, pathOf(definition.location.file)])
      own.inModules.set(keyOf(definition, file), definition);
  for (const listener of own.listeners) listener(definition);
}

/** Calls the listener with every later definition. */
export function onDefined(listener: (definition: Definition) => void): { remove(): void } {
  own.listeners.add(listener);
  return { remove: () => void own.listeners.delete(listener) };
}

/**
 * The flow of this name, as this process defined it.
 *
 * @param run the run that needs it: one that this engine started continues with the same definition
 * @throws ConfigurationError naming the flow and the way out; DuplicateName when several may be meant
 */
export function requireFlow(name: string, run?: { readonly engine: object; readonly id: string }): FlowDefinition {
  const started = run === undefined ? undefined : startedWith(run.engine, run.id);
  const definition = started ?? onlyOfName({ kind: 'flow', name }, 'a recorded run finds its flow by the name');
  if (definition?.kind !== 'flow') {
    throw new ConfigurationError(
      `The flow '${name}' is not defined in this process: import the module that defines it first.`,
    );
  }
  return definition;
}

/** Whether this process has defined a task of this name. */
export function isTaskDefined(name: string): boolean {
  return own.taskNames.has(name);
}

/** The flow of this name; undefined also where several may be meant. */
export function findFlow(name: string): FlowDefinition | undefined {
  const found = findOfName({ kind: 'flow', name });
  return found?.kind === 'flow' ? found : undefined;
}

/** The task of this name; undefined also where several may be meant. */
export function findTask(name: string): TaskDefinition | undefined {
  const found = findOfName({ kind: 'task', name });
  return found?.kind === 'task' ? found : undefined;
}

/** The definition of this file under the name, made outside any run. */
export function definedIn(file: string, wanted: Pick<Definition, 'kind' | 'name'>): Definition | undefined {
  return own.inModules.get(keyOf(wanted, file)) ?? own.inModules.get(keyOf(wanted, pathOf(file)));
}

/** Whether its module made this definition under its name: then every process that loads the module has it too. */
export function isOfModule(definition: Definition): boolean {
  return definition.location !== null && definedIn(definition.location.file, definition) === definition;
}

function keyOf({ kind, name }: Pick<Definition, 'kind' | 'name'>, file: string): string {
  return `${kind}\n${name}\n${file}`;
}

/** The flows that this process has defined. */
export function flowNames(): readonly string[] {
  return [...own.flowNames];
}
