/** `node tools/arch/main.ts`: checks who imports whom, against the table in `arrows.ts`. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkImports } from './check-imports.ts';
import { FORBIDDEN } from './forbidden.ts';

const { moduleCount, findings } = await checkImports(join(dirname(fileURLToPath(import.meta.url)), '../..'));
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(`arch: ${moduleCount} modules, ${FORBIDDEN.length} rules, ${findings.length} findings\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
