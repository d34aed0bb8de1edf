/** One JSON document on standard output: indented for people on a terminal, one line for programs. */
import type { Terminal } from './terminal.ts';

export function writeJson({ out }: Terminal, document: unknown): void {
  out.write(`${JSON.stringify(document, null, out.isTty ? 2 : undefined)}\n`);
}
