/**
 * The commands that `scripts/bootstrap.mjs` knows. `builds` says that the command runs the packages as published, from `dist`;
 * the others run from the sources. `program` is what Node is given; none means that the set-up itself is the command. `calledAs` is
 * what the command suggests next begins with: it has to work as it is printed, with the Node that was fetched.
 */
export const COMMANDS = {
  start: { summary: 'runs the seed example and shows its run', builds: true, program: ['scripts/start/start.mjs'] },
  millrace: {
    summary: 'is the millrace command',
    builds: true,
    program: ['packages/millrace/bin/millrace.js'],
    calledAs: 'npm run -s millrace --',
  },
  test: { summary: 'runs the tests, then the type tests', builds: false, program: ['scripts/test.mjs'] },
  'test:slow': {
    summary: 'runs the tests that start and kill processes',
    builds: false,
    program: ['scripts/test.mjs', '--slow'],
  },
  bench: { summary: 'prints the figures of the README', builds: true, program: ['bench/main.ts'] },
  simulate: {
    summary: 'runs the simulation over many seeds',
    builds: false,
    program: ['--conditions=millrace-source', 'tests/simulation/main.ts'],
  },
  crash: {
    summary: 'kills processes with signal 9, 200 rounds on each store',
    builds: false,
    program: ['--conditions=millrace-source', 'tests/crash/main.ts'],
  },
  api: { summary: 'writes the public shape to api.md', builds: true, program: ['tools/api-report/main.ts'] },
  pack: { summary: 'leaves the tarballs of all packages in dist/', builds: false, program: ['tools/pack/main.ts'] },
  'try-packs': {
    summary: 'installs the tarballs in an empty project and uses them there',
    builds: false,
    program: ['tools/pack/try-packs.ts'],
  },
  ci: { summary: 'runs every check, then the tests', builds: false, program: ['tools/ci/main.ts'] },
  build: { summary: 'compiles every package', builds: true, program: undefined },
  types: {
    summary: 'type-checks sources, tests, tools and examples',
    builds: false,
    program: ['scripts/type-check.mjs'],
  },
};
