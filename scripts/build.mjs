/** Builds every package into its `dist`: the compiler checks it and writes the declarations, then it is bundled. */
import { bundleAll } from './setup/bundle.mjs';
import { run, TSC } from './setup/run.mjs';

process.exitCode = run(process.execPath, [TSC, '-b']);
if (process.exitCode === 0) await bundleAll();
