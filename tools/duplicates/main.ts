/** `node tools/duplicates/main.ts`: finds code that stands twice, twelve lines or more, outside tests. */
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

// Its ES module build imports a file that is not there; the CommonJS one works.
const { detectClones } = createRequire(import.meta.url)('jscpd') as typeof import('jscpd');

const LINES_MIN = 12;
const TOKENS_MIN = 60;

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const clones = await detectClones({
  path: ['packages', 'integrations', 'tools', 'scripts'].map((folder) => join(root, folder)),
  pattern: '**/*.{ts,mjs}',
  ignore: ['dist', 'node_modules', 'conformance', 'fixtures']
    .map((folder) => `**/${folder}/**`)
    .concat('**/*.{test,test-d,bench}.ts'),
  minLines: LINES_MIN,
  minTokens: TOKENS_MIN,
  silent: true,
  reporters: [],
});

for (const { duplicationA, duplicationB } of clones) {
  const count = duplicationA.end.line - duplicationA.start.line + 1;
  const locations = [duplicationA, duplicationB].map(
    (sandbox) => `${relative(root, sandbox.sourceId)}:${sandbox.start.line}`,
  );
  process.stdout.write(
    `${locations.join(' and ')} [duplicate] the same ${count} lines. Give them one home that both call.\n`,
  );
}
process.stdout.write(`duplicates: ${clones.length} findings\n`);
process.exitCode = clones.length === 0 ? 0 : 1;
