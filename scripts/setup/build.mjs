/** Builds every package into its `dist` folder, each time: it takes about a second. */
import { ROOT, run } from './run.mjs';

/** Throws when a package does not compile; the compiler's messages are on the output by then. */
export function build() {
  const code = run(process.execPath, ['scripts/build.mjs'], { output: 'stderr' });
  if (code !== 0) throw new Error(`The packages in ${ROOT} do not compile (the build ended with ${code}).`);
}
