/**
 * The machine's randomness and digests, for the engine.
 */
import { getRandomValues, hash } from 'node:crypto';

export const random = (): number => Math.random();

export function randomBytes(length: number): Uint8Array {
  return getRandomValues(new Uint8Array(length));
}

/** 128 bits of SHA-256: enough against collisions, short enough for a key. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}
