/** Standard output and error that can't be written any more. */

const closed = new WeakSet<object>();

/**
 * `millrace ... | head`: whoever reads has seen enough. Flows go on, listings end by themselves. Anything else that is wrong, such as
 * a full disk, is told once, and what was asked for was not done.
 */
export function watchOutputErrors(): void {
  let hasFailed = false;
  for (const [name, stream] of [
    ['standard output', process.stdout],
    ['standard error', process.stderr],
  ] as const) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      closed.add(stream);
      if (error.code === 'EPIPE' || hasFailed) return;
      hasFailed = true;
      process.once('exit', (code) => {
        if (code === 0) process.exitCode = 1;
      });
      if (stream !== process.stderr) process.stderr.write(`error: ${name} can't be written: ${error.message}\n`);
    });
  }
}

/** Whether nobody reads what is written there. */
export function isClosed(stream: object): boolean {
  return closed.has(stream);
}
