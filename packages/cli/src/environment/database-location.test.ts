import { describe, expect, it } from 'vitest';
import { databaseKind, databasePath } from './database-location.ts';
import { shownUrl } from './stored-at.ts';

describe('the database of the environment', () => {
  it('is shown without its password', () => {
    expect(shownUrl('postgres://me:secret@host/db')).toBe('postgres://me:***@host/db');
    expect(shownUrl('postgres://host/db?user=me&password=secret')).not.toContain('secret');
    expect(shownUrl('/data/millrace.db')).toBe('/data/millrace.db');
  });

  it('is a file only where it is SQLite', () => {
    expect(databasePath('sqlite:/data/a.db')).toBe('/data/a.db');
    expect(databasePath('file:///data/a.db')).toBe('/data/a.db');
    expect(databasePath(':memory:')).toBeNull();
    expect(databasePath('postgres://host/db')).toBeNull();
    expect(databaseKind('postgresql://host/db')).toBe('postgres');
  });
});
