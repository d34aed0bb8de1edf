/** `node tools/arch/main.ts`: checks who imports whom, against the tables in `arrows.ts` and `layers.ts`. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkImports } from './check-imports.ts';

const { moduleCount, ruleCount, findings } = await checkImports(join(dirname(fileURLToPath(import.meta.url)), '../..'));
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(`arch: ${moduleCount} modules, ${ruleCount} rules, ${findings.length} findings\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
