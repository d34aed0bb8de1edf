/** Entry of @millrace/local: the engine of a plain script, on the database its environment names. */
import { startBundledWorker } from './isolation/bundled-worker.ts';

export { type LocalEngineOptions, openDefaultEngine, openEngine } from './open-engine.ts';
export { readSettings, type Settings } from './settings.ts';
export { isProcessAlive, type ProcessIdentity, thisProcess } from './adapters/host.ts';

// Before the code of the program runs that this package is bundled with.
startBundledWorker();
