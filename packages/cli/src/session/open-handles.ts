/** A warning that the process stays alive because the user's module left something open. Millrace itself leaves nothing open. */
import type { Terminal } from '../output/terminal.ts';

const patienceMs = 3_000;
/** Resources of the process itself, which don't keep it alive. */
const usual = new Set(['TTYWrap', 'PipeWrap', 'TTYWRAP', 'PIPEWRAP', 'FSReqCallback', 'Immediate', 'SIGNALWRAP']);

/** Writes a line if the process is still alive after three seconds, without keeping it alive. */
export function warnOfOpenHandles({ err }: Terminal): void {
  setTimeout(() => {
    const open = [...new Set(process.getActiveResourcesInfo())].filter((name) => !usual.has(name));
    const what = open.length === 0 ? '' : ` (${open.slice(0, 5).join(', ')})`;
    err.write(`The run has ended; the program still has something open${what}. Ctrl-C ends it.\n`);
  }, patienceMs).unref();
}
