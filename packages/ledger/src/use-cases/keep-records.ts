/** Reads and writes artifacts and variables, one transaction each. */
import { type Artifacts, RunNotFound, type Variables } from '@millrace/kernel';
import type { Store } from '@millrace/store';

export function createArtifacts(store: Store): Artifacts {
  return {
    async put(artifact) {
      await store.write((transaction) => transaction.artifacts.insert(artifact));
      return artifact.id;
    },
    async update(id, data) {
      const found = await store.write((transaction) => transaction.artifacts.update(id, data));
      if (!found) throw new RunNotFound({ runId: id });
    },
    list: (filter) => store.read((transaction) => transaction.artifacts.list(filter)),
  };
}

export function createVariables(store: Store): Variables {
  return {
    get: async (name) => (await store.read((transaction) => transaction.variables.get(name)))?.value,
    set: (variable) => store.write((transaction) => transaction.variables.set(variable)),
    remove: (name) => store.write((transaction) => transaction.variables.remove(name)),
    list: (page) => store.read((transaction) => transaction.variables.list(page)),
  };
}
