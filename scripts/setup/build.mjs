/** Compiles every package into its `dist` folder. The compiler does only what has changed, so it is run each time. */
import { ROOT, run, TSC } from './run.mjs';

/** Throws when a package does not compile; the compiler's messages are on the output by then. */
export function build() {
  const code = run(process.execPath, [TSC, '-b'], { output: 'stderr' });
  if (code !== 0) throw new Error(`The packages in ${ROOT} do not compile (tsc -b ended with ${code}).`);
}
