/** Definitions for the engine's own recorded calls (sleep, signal, pause), in the form of a task's definition. */
import type { TaskDefinition } from './definition.ts';

export function waitDefinition(name: string, key: string | null = null): TaskDefinition {
  return {
    kind: 'task',
    name,
    key,
    description: null,
    version: null,
    tags: [],
    body: () => undefined,
    parameterNames: [],
    restPosition: -1,
    contextPosition: -1,
    retries: 0,
    retryDelaysMs: [],
    timeoutMs: null,
    persistResult: true,
    storage: null,
    serializer: null,
    runName: null,
    logPrints: null,
    hooks: { onRunning: [], onCompletion: [], onFailure: [], onCancellation: [], onCrashed: [] },
    location: null,
    original: null,
    retryJitter: null,
    retryWhen: null,
    cache: null,
    cacheKey: null,
    cacheExpirationMs: null,
    refreshCache: false,
    isolate: 'inline',
    onCommit: [],
    onRollback: [],
  };
}
