/** Entry of @millrace/store: The Millrace ledger on SQLite and PostgreSQL: schema, migrations, group commit, blobs. */
export {};
