/**
 * The JavaScript of a package: its entries and what they share, in a few files. Of the many small modules that the sources are,
 * each would cost a program that imports the package a third of a millisecond.
 */
import { globSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { rolldown } from 'rolldown';
import { ROOT } from './run.mjs';

/** Bundles every package into its `dist`, beside the declarations. */
export async function bundleAll() {
  for (const manifest of globSync('{packages,integrations}/*/package.json', { cwd: ROOT }))
    await bundle(join(ROOT, manifest, '..'));
}

async function bundle(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const dist = join(folder, 'dist');
  for (const old of globSync('**/*.{js,js.map}', { cwd: dist })) rmSync(join(dist, old));
  const build = await rolldown({
    input: { ...entriesOf(folder, exports), ...programsIn(folder) },
    // Other packages stay what they are: two copies of one would be two engines.
    external: (id) => !id.startsWith('.') && !id.startsWith(folder),
    plugins: [programsAsText()],
    platform: 'node',
    transform: { target: 'node22.13' },
    treeshake: { moduleSideEffects: true },
    cwd: folder,
  });
  await build.write({ dir: dist, format: 'esm', sourcemap: true, keepNames: true });
  await build.close();
}

/**
 * In the place of each `x-main-text.ts`: the program `x-main.ts` beside it with all that it imports, in one text that a thread can run
 * in a folder where nothing is installed.
 */
export function programsAsText() {
  return {
    name: 'programs-as-text',
    async load(id) {
      if (!id.endsWith('-main-text.ts')) return null;
      const build = await rolldown({
        input: id.replace(/-text\.ts$/, '.ts'),
        platform: 'node',
        // Those of `import` and `require` are added to each by its kind.
        resolve: { conditionNames: ['millrace-source', 'node'] },
        // Postgres's own driver in C, which `pg` uses only where it is asked for.
        external: ['pg-native'],
        transform: { target: 'node22.13' },
        cwd: ROOT,
      });
      const { output } = await build.generate({ format: 'cjs', minify: true, codeSplitting: false });
      await build.close();
      const [{ code, moduleIds }] = output;
      const [exported] = /export const \w+/.exec(readFileSync(id, 'utf8'));
      return `${exported} = ${JSON.stringify(`${licensesOf(moduleIds)}${code}`)};`;
    },
  };
}

/** The licenses of the packages that the modules are of, as a comment. */
function licensesOf(modules) {
  const folders = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
  const texts = [...folders].sort().map((folder) => {
    const { name, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const [file] = globSync('LICENSE*', { cwd: folder });
    const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8');
    return `${name} (${license})\n${text.trim()}`;
  });
  return `/*\n${texts.join('\n\n').replaceAll('*/', '* /')}\n*/\n`;
}

/** The package's exports, by the name of its file in `dist`. */
function entriesOf(folder, exports) {
  const entries = Object.values(exports).filter((entry) => typeof entry === 'object');
  return Object.fromEntries(
    entries.map(({ 'millrace-source': source, default: built }) => [
      built.replace(/^\.\/dist\/|\.js$/g, ''),
      join(folder, source),
    ]),
  );
}

/** Programs that the package starts as threads and processes: each lies beside the code that starts it. */
function programsIn(folder) {
  const files = globSync('src/**/*-main.ts', { cwd: folder });
  return Object.fromEntries(files.map((file) => [basename(file, '.ts'), join(folder, file)]));
}
