/** Says why a command doesn't come back: the module that it ran has left something open. Millrace itself leaves nothing. */
import type { Terminal } from '../output/terminal.ts';

const patienceMs = 3_000;
/** Of the process itself, or of no weight. */
const usual = new Set(['TTYWrap', 'PipeWrap', 'TTYWRAP', 'PIPEWRAP', 'FSReqCallback', 'Immediate', 'SIGNALWRAP']);

/** Writes a line after three seconds, if the process is still there then. Keeps nothing alive itself. */
export function noteOpenHandles({ err }: Terminal): void {
  setTimeout(() => {
    const open = [...new Set(process.getActiveResourcesInfo())].filter((name) => !usual.has(name));
    const what = open.length === 0 ? '' : ` (${open.slice(0, 5).join(', ')})`;
    err.write(`The run has ended; the program still has something open${what}. Ctrl-C ends it.\n`);
  }, patienceMs).unref();
}
