/** The error for reading a database that must be migrated first. */
import { ConfigurationError } from '@millrace/kernel';

/** @param location where the database is, without a password */
export function olderVersion(location: string): ConfigurationError {
  return new ConfigurationError(
    `The database at ${location} is of an older version of Millrace, and a look changes nothing: bring it up to date with \`millrace db migrate\`.`,
    { location },
  );
}
