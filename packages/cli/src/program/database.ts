/** Declares the commands about the installation: `db`, `config`, `doctor` and `version`. */
import type { Command } from 'commander';
import { act, type Invoke } from './act.ts';

export function declareDatabase(program: Command, invoke: Invoke): void {
  const db = program.command('db').description('The database that holds the runs.');
  act(db.command('location').description('Print its location.'), invoke, {
    load: async () => (await import('../commands/db/location.ts')).showLocation,
  });
  act(db.command('migrate').description('Migrate it to this version. Every run does so when it starts.'), invoke, {
    load: async () => (await import('../commands/db/migrate.ts')).migrateDatabase,
  });
  act(db.command('verify').description('Check every record. Exit code 1 if one breaks a rule.'), invoke, {
    load: async () => (await import('../commands/db/verify.ts')).verifyDatabase,
  });
  act(
    db
      .command('backup')
      .description('Make a checked copy with its large values, while it is in use.')
      .argument('<folder>', 'a new folder for the copy, which is a complete database'),
    invoke,
    { names: ['folder'], load: async () => (await import('../commands/db/backup.ts')).backupDatabase },
  );
  act(
    db
      .command('prune')
      .description('Delete runs that ended long ago, with all their descendants.')
      .requiredOption('--older-than <duration>', 'ended at least this long ago, such as 30d')
      .option('--dry-run', 'count them, delete none'),
    invoke,
    { load: async () => (await import('../commands/db/prune.ts')).pruneDatabase },
  );
  const config = program.command('config').description('Settings.');
  act(config.command('view').description('Show every setting with its value and source.'), invoke, {
    load: async () => (await import('../commands/config/view.ts')).viewConfig,
  });
  act(program.command('doctor').description('Check the installation and suggest repairs.'), invoke, {
    load: async () => (await import('../commands/doctor.ts')).runDoctor,
  });
  act(program.command('version').description('Print versions and the location of the database.'), invoke, {
    load: async () => (await import('../commands/version.ts')).showVersion,
  });
}
