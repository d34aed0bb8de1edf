/** Declares the commands about the installation: `db`, `config`, `doctor` and `version`. */
import type { Command } from 'commander';
import { act, type Carry } from './act.ts';

export function declareDatabase(program: Command, carry: Carry): void {
  const db = program.command('db').description('The database that holds the runs.');
  act(db.command('location').description('Print where it is.'), carry, {
    load: async () => (await import('../commands/db/location.ts')).showLocation,
  });
  act(db.command('migrate').description('Bring it up to date. Every start of a run does so by itself.'), carry, {
    load: async () => (await import('../commands/db/migrate.ts')).migrateDatabase,
  });
  act(db.command('verify').description('Check every record. Exit code 1 when one breaks a rule.'), carry, {
    load: async () => (await import('../commands/db/verify.ts')).verifyDatabase,
  });
  act(
    db
      .command('backup')
      .description('Copy it with its large values, checked, while it is in use.')
      .argument('<folder>', 'where to: a new folder, which is a database of its own'),
    carry,
    { names: ['folder'], load: async () => (await import('../commands/db/backup.ts')).backupDatabase },
  );
  act(
    db
      .command('prune')
      .description('Delete runs that ended long ago, with everything below them.')
      .requiredOption('--older-than <duration>', 'ended so long ago, such as 30d')
      .option('--dry-run', 'say how many, delete none'),
    carry,
    { load: async () => (await import('../commands/db/prune.ts')).pruneDatabase },
  );
  const config = program.command('config').description('Settings.');
  act(config.command('view').description('Show every setting, its value, and where it comes from.'), carry, {
    load: async () => (await import('../commands/config/view.ts')).viewConfig,
  });
  act(program.command('doctor').description('Check what runs need, and say what to do about it.'), carry, {
    load: async () => (await import('../commands/doctor.ts')).runDoctor,
  });
  act(program.command('version').description('Print the versions of all that matters.'), carry, {
    load: async () => (await import('../commands/version.ts')).showVersion,
  });
}
