/**
 * Refuses a version of Node that is too old, with one sentence, before anything fails for a missing feature. It is in this package because
 * a program evaluates this package of Millrace first.
 */
interface NodeProcess {
  readonly version: string;
  readonly versions: { readonly node?: string };
}

/** @throws Error naming the version that is needed; in a browser there is none */
export function requireNode(given: NodeProcess | undefined): void {
  const [major = 0, minor = 0] = (given?.versions?.node ?? '').split('.').map(Number);
  if (given === undefined || major === 0 || major > 22 || (major === 22 && minor >= 13)) return;
  throw new Error(`Millrace needs Node 22.13 or newer; this is ${given.version}. Node 24 is the tested one.`);
}

requireNode((globalThis as { readonly process?: NodeProcess }).process);
