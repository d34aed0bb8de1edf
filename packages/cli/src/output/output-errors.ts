/** Watches the standard streams for write errors, such as a closed pipe. */

const closed = new WeakSet<object>();

/**
 * A closed pipe (`millrace ... | head`) is not an error: flows continue, and listings end early. Any other error, such as a full disk,
 * is reported once, and the command fails.
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

/** Whether the reader of the stream has closed it. */
export function isClosed(stream: object): boolean {
  return closed.has(stream);
}
