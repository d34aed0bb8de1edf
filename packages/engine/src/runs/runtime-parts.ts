/** The common parts of every runtime: those of the machine, and the settings with their defaults. */
import type { Machine, EngineSettings } from './runtime.ts';

const CANCEL_GRACE_DEFAULT_MS = 5_000;
const CALLBACK_TIMEOUT_DEFAULT_MS = 60_000;
const LOG_LEVEL_DEFAULT = 20;
const POLL_DEFAULT_MS = 1_000;

export class RuntimeParts implements Machine, EngineSettings {
  readonly clock: Machine['clock'];
  readonly random: Machine['random'];
  readonly ids: Machine['ids'];
  readonly digest: Machine['digest'];
  readonly print: Machine['print'];
  readonly logLevel: number;
  readonly cancelGraceMs: number;
  readonly callbackTimeoutMs: number;
  readonly resultBytesMax: number | null;
  readonly pollMs: number;

  constructor(given: Machine & Partial<EngineSettings>) {
    this.clock = given.clock;
    this.random = given.random;
    this.ids = given.ids;
    this.digest = given.digest;
    this.print = given.print;
    this.logLevel = given.logLevel ?? LOG_LEVEL_DEFAULT;
    this.cancelGraceMs = given.cancelGraceMs ?? CANCEL_GRACE_DEFAULT_MS;
    this.callbackTimeoutMs = given.callbackTimeoutMs ?? CALLBACK_TIMEOUT_DEFAULT_MS;
    this.resultBytesMax = given.resultBytesMax ?? null;
    this.pollMs = given.pollMs ?? POLL_DEFAULT_MS;
  }
}
