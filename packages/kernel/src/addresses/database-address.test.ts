import { describe, expect, it } from 'vitest';
import { checkDatabaseAddress, shownAddress } from './database-address.ts';

describe("a database's address", () => {
  it.each([
    ':memory:',
    'runs.db',
    '/var/lib/my runs/millrace.db',
    'C:\\runs\\millrace.db',
    'sqlite:runs.db',
    'file:///var/lib/runs.db',
    'postgres://127.0.0.1/db',
    'postgresql://me:s%40cret@host:5433/db?schema=other&sslmode=require',
    'postgres:///db?host=/var/run/postgresql&user=me',
  ])('%s may be one', (url) => {
    expect(() => checkDatabaseAddress(url)).not.toThrow();
  });

  it.each([
    'mysql://me:s3cret@host/db',
    'http://me:s3cret@host/db',
    'mongodb:s3cret',
    'postgres:me:s3cret@host/db',
    'postgres//me:s3cret@host/db',
    'me:s3cret@host/db',
    'host=127.0.0.1 password=s3cret',
    'no address s3cret',
    'a\u0000s3cret',
    'postgres://me:s3cret@@host/db',
    'postgres://me:s3/cret@host/db',
    'postgres://me:s3#cret@host/db',
    'postgres://me:s3?cret@host/db',
    'postgres://me:1/s3cret@host/db',
    'postgres://me:1?s3cret@host/db',
    'postgres://me:s3@cret/w#rd@host/db',
    'postgres://me:s3cret%@host/db',
    'postgres://me:s3 cret@host:port/db',
  ])('%s is none, and nothing of what may be a password is shown', (url) => {
    const outcome = (): unknown => {
      try {
        return checkDatabaseAddress(url);
      } catch (error) {
        return error;
      }
    };
    expect(outcome()).toMatchObject({ code: 'ConfigurationError' });
    const shown = JSON.stringify([(outcome() as Error).message, (outcome() as { details: unknown }).details]);
    expect(shown).not.toMatch(/s3|cret/);
    if (url.startsWith('postgres:')) expect(shownAddress(url)).toBe('postgres://…');
  });

  it.each([
    ['postgres://me:secret@host/db', 'postgres://me:***@host/db'],
    ['postgres://me@host/db?schema=a&password=secret', 'postgres://me@host/db?schema=a&password=***'],
    ['postgres://host/db?options=-c%20secret', 'postgres://host/db?options=***'],
    ['mysql://me:secret@host/db', 'mysql://…'],
    ['runs.db', 'runs.db'],
  ])('%s is shown as %s', (url, shown) => {
    expect(shownAddress(url)).toBe(shown);
  });
});
