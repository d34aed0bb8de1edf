/**
 * What this process has defined: how a serving process finds the flow of a recorded run, and a worker thread its task.
 */
import { ConfigurationError } from '@millrace/kernel';
import type { Definition, FlowDefinition, TaskDefinition } from './definition.ts';

interface Registry {
  readonly flows: Map<string, FlowDefinition>;
  readonly tasks: Map<string, TaskDefinition>;
  readonly listeners: Set<(definition: Definition) => void>;
}

/** On a global symbol: two copies of this package in one process must still find each other's definitions. */
const key = Symbol.for('millrace.registry');
const holder = globalThis as typeof globalThis & { [key]?: Registry };
holder[key] ??= { flows: new Map(), tasks: new Map(), listeners: new Set() };
const { flows, tasks, listeners } = holder[key];

/** The last definition of a name counts, as with a module that is loaded again. */
export function registerDefinition(definition: Definition): void {
  if (definition.kind === 'flow') flows.set(definition.name, definition);
  else tasks.set(definition.name, definition);
  for (const listener of listeners) listener(definition);
}

/** Tells the listener of every definition from now on. */
export function onDefined(listener: (definition: Definition) => void): void {
  listeners.add(listener);
}

/** The flow of this name, as this process defined it. @throws ConfigurationError naming the flow and the way out. */
export function requireFlow(name: string): FlowDefinition {
  const definition = flows.get(name);
  if (definition === undefined) {
    throw new ConfigurationError(
      `The flow '${name}' is not defined in this process: import the module that defines it first.`,
    );
  }
  return definition;
}

export function findTask(name: string): TaskDefinition | undefined {
  return tasks.get(name);
}

/** The flows that this process has defined. */
export function flowNames(): readonly string[] {
  return [...flows.keys()];
}
