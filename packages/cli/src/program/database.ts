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
  act(
    db.command('verify').description('Check every record against the rules. Exit code 1 when something is wrong.'),
    carry,
    {
      load: async () => (await import('../commands/db/verify.ts')).verifyDatabase,
    },
  );
  act(
    program
      .command('config')
      .description('Settings.')
      .command('view')
      .description('Show every setting, its value, and where it comes from.'),
    carry,
    {
      load: async () => (await import('../commands/config/view.ts')).viewConfig,
    },
  );
  act(
    program.command('doctor').description('Check what runs need, and say what to do where something is wrong.'),
    carry,
    {
      load: async () => (await import('../commands/doctor.ts')).runDoctor,
    },
  );
  act(
    program.command('version').description('Print versions: Millrace, Node, SQLite, the platform, the database.'),
    carry,
    {
      load: async () => (await import('../commands/version.ts')).showVersion,
    },
  );
}
