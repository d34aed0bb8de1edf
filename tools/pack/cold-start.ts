/**
 * The cost of `import 'millrace'` before a program's first line: the modules that it loads. They are counted, because a time
 * differs by machine.
 */
import { execFileSync } from 'node:child_process';

/** 22 took 33 ms on two cores where the 205 modules of the sources took 92, and 80 ms is what an import may take. */
const MODULES_MAX = 40;

const COUNTER = `
import { registerHooks } from 'node:module';
let count = 0;
registerHooks({ load(url, context, next) { if (url.startsWith('file:')) count += 1; return next(url, context); } });
await import('millrace');
process.stdout.write(String(count));
`;

/** One line when the package installed in this folder loads too much at its import. */
export function checkColdStart(folder: string): readonly string[] {
  const args = ['--input-type=module', '--eval', COUNTER];
  const count = Number(execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }));
  process.stdout.write(`import 'millrace': ${count} modules\n`);
  if (count > 0 && count <= MODULES_MAX) return [];
  return [
    `millrace [cold-start] its import loads ${count} modules, at most ${MODULES_MAX}. Import later what few need.`,
  ];
}
