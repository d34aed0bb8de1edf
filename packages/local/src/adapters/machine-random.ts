/**
 * The machine's randomness and digests, as the engine is handed them.
 */
import { getRandomValues, hash } from 'node:crypto';

export const random = (): number => Math.random();

export function randomBytes(length: number): Uint8Array {
  return getRandomValues(new Uint8Array(length));
}

/** 128 bits of SHA-256: enough to tell inputs apart, short enough for a key. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}
