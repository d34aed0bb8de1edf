/** The one table of which package may import which. A package that is not in it may import nothing. `ARCHITECTURE.md` draws it. */

/** Package folder to the package folders that it may import. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  'packages/kernel': [],
  'packages/store': ['packages/kernel'],
  'packages/ledger': ['packages/kernel', 'packages/store'],
  'packages/engine': ['packages/kernel'],
  'packages/views': ['packages/kernel'],
  'packages/local': ['packages/kernel', 'packages/store', 'packages/ledger', 'packages/engine'],
  'packages/testing': ['packages/kernel', 'packages/store', 'packages/ledger', 'packages/engine', 'packages/local'],
  'packages/cli': [
    'packages/kernel',
    'packages/store',
    'packages/ledger',
    'packages/engine',
    'packages/views',
    'packages/local',
  ],
  'packages/millrace': ['packages/kernel', 'packages/engine', 'packages/local', 'packages/testing', 'packages/cli'],
  'integrations/s3': ['packages/kernel', 'packages/store'],
};
