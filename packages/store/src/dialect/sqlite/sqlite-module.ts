/**
 * `node:sqlite`, loaded when the first file is opened: a program on Postgres never needs it.
 *
 * Node 22 prints an ExperimentalWarning as the module loads. It is about how Millrace keeps its runs, and no user can do
 * anything about it, so that one warning is dropped. Loading is synchronous: every other warning goes its way.
 */
type SqliteModule = typeof import('node:sqlite');

let loaded: SqliteModule | null = null;

export function sqliteModule(): SqliteModule {
  loaded ??= withoutItsWarning(() => process.getBuiltinModule('node:sqlite'));
  return loaded;
}

export function withoutItsWarning<T>(load: () => T): T {
  const { emitWarning } = process;
  const others = (...given: Parameters<typeof emitWarning>): void => {
    if (!isOfSqlite(...given)) Reflect.apply(emitWarning, process, given);
  };
  process.emitWarning = others as typeof emitWarning;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function isOfSqlite(...[warning, kind]: readonly unknown[]): boolean {
  return kind === 'ExperimentalWarning' && String(warning).startsWith('SQLite is an experimental feature');
}
