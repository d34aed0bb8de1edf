/**
 * Kills this very process at the k-th commit of its database connection, as no signal from outside could: right before the
 * commit, while it is under way, or right after it, before any caller learns of it. It sits in the driver, below all of Millrace.
 *
 * Environment: KILL_AT, such as `before:7`, `sent:7` (PostgreSQL only: the server has it, the answer is never read) or
 * `after:7`; empty = no kill. `lost:7` (PostgreSQL only) kills no process: the commit takes place, and in place of its
 * answer the connection is gone. Imported before anything that opens a database.
 */
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

type Moment = 'before' | 'sent' | 'after';

const [killMoment, killCount] = (process.env['KILL_AT'] ?? '').split(':');
let commitCount = 0;

/** How many commits there were so far. */
export function commitsSoFar(): number {
  return commitCount;
}

function meet(moment: Moment): void {
  if (moment === killMoment && commitCount === Number(killCount)) process.kill(process.pid, 'SIGKILL');
}

const prepare = DatabaseSync.prototype.prepare;
DatabaseSync.prototype.prepare = function prepared(this: DatabaseSync, sql: string) {
  const statement = prepare.call(this, sql);
  if (sql !== 'COMMIT') return statement;
  const run = statement.run.bind(statement);
  statement.run = () => {
    commitCount += 1;
    meet('before');
    const changes = run();
    meet('after');
    return changes;
  };
  return statement;
};

interface WritingClient {
  readonly connectionParameters: { readonly application_name?: string };
  readonly connection: { readonly stream: { destroy(): void } };
  isInTransaction?: boolean;
}
type Query = (...given: unknown[]) => Promise<unknown>;

const prototype = pg.Client.prototype as unknown as { query: Query };
const query = prototype.query;
prototype.query = function queried(this: WritingClient, ...given: unknown[]): Promise<unknown> {
  if (!commits(this, given[0])) return query.apply(this, given);
  commitCount += 1;
  meet('before');
  const answer = query.apply(this, given);
  setImmediate(() => meet('sent'));
  const abandons = killMoment === 'lost' && commitCount === Number(killCount);
  return answer.then((value) => {
    meet('after');
    if (!abandons) return value;
    this.connection.stream.destroy();
    throw new Error('Connection terminated unexpectedly');
  });
};

/** Whether the writer's statement ends a transaction, or is one by itself. */
function commits(client: WritingClient, statement: unknown): boolean {
  if (client.connectionParameters.application_name?.startsWith('millrace writer') !== true) return false;
  const sql = typeof statement === 'string' ? statement : String((statement as { text?: string }).text);
  if (sql === 'BEGIN') client.isInTransaction = true;
  const ends = sql.endsWith('COMMIT');
  if (ends || sql === 'ROLLBACK') client.isInTransaction = false;
  return ends || (client.isInTransaction !== true && !/^(?:SELECT|ROLLBACK|DELETE FROM writer)/.test(sql));
}
