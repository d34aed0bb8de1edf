/** Entry of @millrace/local: the engine of a plain script, on the database its environment names. */
export { type LocalEngineOptions, openDefaultEngine, openEngine } from './open-engine.ts';
export { readSettings, type Settings } from './settings.ts';
export { isProcessAlive, type ProcessIdentity, thisProcess } from './adapters/host.ts';
