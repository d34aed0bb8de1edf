/**
 * The hot path on PostgreSQL: one statement, one round trip, however many rows.
 *
 * Rows go in as arrays. The flow runs that are changed, and those under whose fences task runs are written, are locked first,
 * in the order of their ids (sql/lock-order.ts): until the commit no other process claims them. A task run is written if its fence
 * holds on a locked row, or on a flow run inserted by the same statement. The answer names what was written; what is missing
 * in it was refused.
 */
import type { FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import { assignment, type Column, integer, storable } from '../../sql/columns.ts';
import { toMicros } from '../../sql/instants.ts';
import { flowsOf } from '../../rows/flow-row.ts';
import { flowRunColumns } from '../../rows/flow-run-row.ts';
import { taskRunColumns } from '../../rows/task-run-row.ts';
import { keepsStoredOutcome } from '../../rows/unread-outcomes.ts';
import type { Fence } from '../../ports/store.ts';
import type { CommitMark, FlowWrite, RowBatch, RowOutcome, SqlValue, TaskWrite } from '../../sql/dialect.ts';
import { isFlowRunFence, lockedFlowRuns } from '../../sql/locked-flow-runs.ts';
import { arrayLiteral, postgresSyntax } from './syntax.ts';

export type Answer = readonly { readonly id: string; readonly token: number; readonly kind: string }[];
/** Runs a statement in whose text `?` stands for the parameters. */
export type Ask = (sql: string, parameters: readonly string[]) => Promise<Answer>;

/** One array parameter: its name in the statement, its type, its values. */
interface Input {
  readonly name: string;
  readonly kind: 'text' | 'integer';
  readonly values: readonly SqlValue[];
}

export interface Writing {
  /** With a mark the statement is the whole transaction. */
  readonly mark: CommitMark | null;
  /** Whether a locked row is waited for. */
  readonly mayWait: boolean;
}

/** See Dialect.writeRows. */
export async function writeRows(ask: Ask, batch: RowBatch, { mark, mayWait }: Writing): Promise<RowOutcome> {
  const statement = new Statement();
  addFlowInput(statement, batch.flows);
  addLocks(statement, batch, mayWait);
  addNewFlows(statement, batch.flows);
  addFlows(statement, batch.flows);
  addHeld(statement, batch);
  addTasks(statement, batch.tasks);
  addLogs(statement, batch);
  addChange(statement, batch);
  if (mark !== null) addMark(statement, mark);
  if (statement.isEmpty) return { flows: new Map(), stale: new Set() };
  const answer = await ask(statement.sql, statement.parameters);
  return outcomeOf({ ask, batch, mayWait }, answer);
}

interface Request {
  readonly ask: Ask;
  readonly batch: RowBatch;
  readonly mayWait: boolean;
}

async function outcomeOf({ ask, batch, mayWait }: Request, answer: Answer): Promise<RowOutcome> {
  const held = new Set(answer.map(({ id, token }) => `${id} ${token}`));
  const written = new Set(answer.filter(({ kind }) => kind === 'flow').map(({ id }) => id));
  const refused = batch.flows.filter(({ record }) => !written.has(record.id));
  const refusedIds = new Set(refused.map(({ record }) => record.id));
  const missing = batch.tasks.filter(
    ({ fence }) => isFlowRunFence(fence) && !held.has(`${fence.flowRunId} ${fence.token}`),
  );
  // Their fence may hold all the same: a run that was refused for its revision still has its token.
  const undecided = missing.filter(({ fence }) => isFlowRunFence(fence) && refusedIds.has(fence.flowRunId));
  const stale = new Set(missing.filter((write) => !undecided.includes(write)));
  const tasks = new Set(answer.filter(({ kind }) => kind === 'task').map(({ id }) => id));
  for (const write of batch.tasks) {
    if (ofSession(write.fence) && !write.records.every(({ id }) => tasks.has(id))) stale.add(write);
  }
  if (undecided.length > 0) {
    const second = await writeRows(ask, { flows: [], tasks: undecided, logs: [] }, { mark: null, mayWait });
    for (const write of second.stale) stale.add(write);
  }
  return { flows: await reasons(ask, refused), stale };
}

async function reasons(ask: Ask, refused: readonly FlowWrite[]): Promise<ReadonlyMap<string, 'stale' | 'changed'>> {
  if (refused.length === 0) return new Map();
  const ids = arrayLiteral(refused.map(({ record }) => record.id));
  const rows = await ask(`SELECT id, token, '' AS kind FROM flow_run WHERE id = ANY(?::text[])`, [ids]);
  const tokens = new Map(rows.map(({ id, token }) => [id, token]));
  return new Map(
    refused.map(({ record, expected }) => {
      const changed = expected === '' ? tokens.has(record.id) : tokens.get(record.id) === record.token;
      return [record.id, changed ? 'changed' : 'stale'];
    }),
  );
}

function ofSession(fence: Fence | null): boolean {
  return fence !== null && !('flowRunId' in fence);
}

/** A WITH statement as it grows. */
class Statement {
  readonly parameters: string[] = [];
  /** The inputs that hold task runs. */
  readonly taskInputs: string[] = [];
  readonly #parts: string[] = [];
  readonly #answers: string[] = [];

  /** Rows as a named table of the statement. */
  input(name: string, inputs: readonly Input[]): void {
    const arrays = inputs.map(({ kind }) => (kind === 'text' ? '?::text[]' : '?::bigint[]')).join(', ');
    const names = inputs.map((column) => column.name).join(', ');
    this.part(`${name} AS (SELECT * FROM unnest(${arrays}) WITH ORDINALITY AS input (${names}, place))`);
    for (const { values } of inputs) this.parameters.push(arrayLiteral(values));
  }

  part(sql: string): void {
    this.#parts.push(sql);
  }

  answer(sql: string): void {
    this.#answers.push(sql);
  }

  /** A segment of the queue may hold nothing but the wait for those before it. */
  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  get sql(): string {
    const answers =
      this.#answers.length === 0 ? [`SELECT '' AS id, 0 AS token, '' AS kind WHERE false`] : this.#answers;
    return `WITH ${this.#parts.join(', ')} ${answers.join(' UNION ALL ')}`;
  }
}

function addFlowInput(statement: Statement, flows: readonly FlowWrite[]): void {
  if (flows.length === 0) return;
  statement.input('flow_in', [
    ...flowRunColumns.map((column) => flowInput(column, flows)),
    { name: 'revision', kind: 'text', values: flows.map(({ next }) => next) },
    { name: 'expected', kind: 'text', values: flows.map(({ expected }) => expected) },
    { name: 'keeps', kind: 'integer', values: flows.map(({ record }) => (keepsStoredOutcome(record) ? 1 : 0)) },
    { name: 'parent_token', kind: 'integer', values: flows.map(({ parent }) => parent?.token ?? null) },
  ]);
}

/** Columns that never change are sent with the row's insertion only: parameters may be large, and states are many. */
function flowInput({ name, kind, changes, value }: Column<FlowRunRecord>, flows: readonly FlowWrite[]): Input {
  const isSentAlways = changes !== false || name === 'id' || name === 'token';
  const values = flows.map(({ record, expected }) => (isSentAlways || expected === '' ? stored(value(record)) : null));
  return { name, kind, values };
}

/** A flow's row is made with its first run. */
function addNewFlows(statement: Statement, flows: readonly FlowWrite[]): void {
  const made = flowsOf(flows);
  if (made.length === 0) return;
  statement.input('new_flow', [
    { name: 'flow_id', kind: 'text', values: made.map(({ id }) => id) },
    { name: 'flow_name', kind: 'text', values: made.map(({ name }) => storable(name)) },
    { name: 'made_at', kind: 'integer', values: made.map(({ createdAt }) => createdAt) },
  ]);
  statement.part(
    'flow_made AS (INSERT INTO flow (id, name, created_at, updated_at) SELECT flow_id, flow_name, made_at, made_at FROM new_flow ' +
      'WHERE NOT EXISTS (SELECT 1 FROM flow f WHERE f.name = new_flow.flow_name) ORDER BY place ON CONFLICT DO NOTHING)',
  );
}

function addFlows(statement: Statement, flows: readonly FlowWrite[]): void {
  if (flows.length === 0) return;
  const set = flowRunColumns.filter(({ changes }) => changes).map(({ name }) => `${name} = ${newFlowValue(name)}`);
  const names = [...flowRunColumns.map(({ name }) => name), 'revision'].join(', ');
  statement.part(
    `flow_updated AS (UPDATE flow_run SET ${set.join(', ')}, revision = i.revision FROM flow_in i, flow_locked l ` +
      `WHERE i.expected <> '' AND l.id = i.id AND l.token = i.token AND flow_run.id = i.id AND flow_run.token = i.token ` +
      'AND flow_run.revision IN (i.expected, i.revision) RETURNING flow_run.id, flow_run.token)',
  );
  statement.part(
    `flow_inserted AS (INSERT INTO flow_run (${names}) SELECT ${names} FROM flow_in WHERE expected = '' ` +
      `${flows.some(({ parent, expected }) => parent !== null && expected === '') ? parentHolds : ''}ORDER BY place ` +
      'ON CONFLICT (id) DO UPDATE SET revision = excluded.revision WHERE flow_run.revision = excluded.revision ' +
      'RETURNING id, token)',
  );
  statement.answer(`SELECT id, token, 'flow' AS kind FROM flow_updated`);
  statement.answer(`SELECT id, token, 'flow' AS kind FROM flow_inserted`);
}

/** The parent is not stored, or begins in this very statement, or is locked under the token. */
const parentHolds =
  'AND (parent_token IS NULL OR NOT EXISTS (SELECT 1 FROM flow_run p WHERE p.id = flow_in.parent_flow_run_id) ' +
  'OR EXISTS (SELECT 1 FROM flow_locked l WHERE l.id = parent_flow_run_id AND l.token = parent_token)) ';

function newFlowValue(name: string): string {
  return name === 'outcome' ? 'CASE WHEN i.keeps = 1 THEN flow_run.outcome ELSE i.outcome END' : `i.${name}`;
}

/** Locks what is changed or written under, as far as its token holds, in the order of ids. */
function addLocks(statement: Statement, batch: RowBatch, mayWait: boolean): void {
  const locked = lockedFlowRuns(batch);
  if (locked.length === 0) {
    // The parts that write flow runs name it all the same.
    if (batch.flows.length > 0) statement.part('flow_locked AS (SELECT id, token FROM flow_run WHERE false)');
    return;
  }
  statement.input('lock_in', [
    { name: 'id', kind: 'text', values: locked.map(({ flowRunId }) => flowRunId) },
    { name: 'token', kind: 'integer', values: locked.map(({ token }) => token) },
  ]);
  statement.part(
    'flow_locked AS MATERIALIZED (SELECT flow_run.id, flow_run.token FROM flow_run JOIN lock_in ON flow_run.id = lock_in.id ' +
      `AND flow_run.token = lock_in.token ORDER BY flow_run.id FOR NO KEY UPDATE OF flow_run${mayWait ? '' : ' NOWAIT'})`,
  );
}

/** Which fences hold: those of the locked rows, and of the flow runs that this statement inserts itself. */
function addHeld(statement: Statement, batch: RowBatch): void {
  if (!batch.tasks.some(({ fence }) => isFlowRunFence(fence))) return;
  const inserted = ' UNION ALL SELECT id, token FROM flow_inserted';
  statement.part(`held AS (SELECT id, token FROM flow_locked${batch.flows.length === 0 ? '' : inserted})`);
  statement.answer(`SELECT id, token, 'fence' AS kind FROM held`);
}

function addTasks(statement: Statement, tasks: readonly TaskWrite[]): void {
  const rows = tasks.flatMap(({ fence, records }) => records.map((record) => ({ fence, record })));
  for (const inFlow of [true, false]) {
    for (const keeps of [false, true]) {
      const some = rows.filter(
        ({ fence, record }) => ofSession(fence) !== inFlow && keepsStoredOutcome(record) === keeps,
      );
      if (some.length > 0) addTaskRows(statement, some, { inFlow, keeps });
    }
  }
}

interface TaskRow {
  readonly fence: Fence | null;
  readonly record: TaskRunRecord;
}

/** In a flow the fence decides what is written; outside any flow the answer names the rows that were. */
function addTaskRows(
  statement: Statement,
  rows: readonly TaskRow[],
  { inFlow, keeps }: { readonly inFlow: boolean; readonly keeps: boolean },
): void {
  const input = `${inFlow ? 'task_in' : 'held_task_in'}${keeps ? '_keeping' : ''}`;
  statement.taskInputs.push(input);
  const fences = rows.map(({ fence }) => (isFlowRunFence(fence) ? fence : null));
  statement.input(input, [
    ...inputsOf(
      taskRunColumns,
      rows.map(({ record }) => record),
    ),
    { name: 'fence_id', kind: 'text', values: fences.map((fence) => fence?.flowRunId ?? null) },
    { name: 'fence_token', kind: 'integer', values: fences.map((fence) => fence?.token ?? null) },
  ]);
  const names = taskRunColumns.map(({ name }) => name).join(', ');
  const set = taskRunColumns.filter(({ name, changes }) => changes !== false && !(keeps && name === 'outcome'));
  const held =
    'WHERE fence_id IS NULL OR EXISTS (SELECT 1 FROM held WHERE held.id = fence_id AND held.token = fence_token)';
  const fenced = fences.some((fence) => fence !== null);
  statement.part(
    `${input}_written AS (INSERT INTO task_run (${names}) SELECT ${names} FROM ${input} ${fenced ? held : ''} ` +
      `ON CONFLICT (id) DO UPDATE SET ${set.map((column) => assignment(column, 'task_run')).join(', ')} ` +
      `WHERE task_run.session_id IS NOT DISTINCT FROM excluded.session_id${inFlow ? '' : ' RETURNING id'})`,
  );
  if (!inFlow) statement.answer(`SELECT id, 0 AS token, 'task' AS kind FROM ${input}_written`);
}

function addLogs(statement: Statement, { logs }: RowBatch): void {
  if (logs.length === 0) return;
  statement.input('log_in', [
    { name: 'flow_run_id', kind: 'text', values: logs.map((row) => row.flowRunId) },
    { name: 'task_run_id', kind: 'text', values: logs.map((row) => row.taskRunId) },
    { name: 'level', kind: 'integer', values: logs.map((row) => integer(row.level, 'log.level')) },
    { name: 'logger', kind: 'text', values: logs.map((row) => storable(row.logger)) },
    { name: 'message', kind: 'text', values: logs.map((row) => storable(row.message)) },
    { name: 'logged_at', kind: 'integer', values: logs.map((row) => toMicros(row.at, 'log.at')) },
  ]);
  const names = 'flow_run_id, task_run_id, level, logger, message, logged_at';
  statement.part(`log_written AS (INSERT INTO log (${names}) SELECT ${names} FROM log_in ORDER BY place)`);
}

/**
 * For the followers of the change feed, while there are any: the ids are gathered from the statement's own inputs, so that a
 * batch without a follower sends and computes nothing for it. A run whose write was refused is named as well.
 */
function addChange(statement: Statement, { flows }: RowBatch): void {
  const { taskInputs } = statement;
  if (flows.length + taskInputs.length === 0) return;
  const { now, feed } = postgresSyntax;
  const ids = (inputs: readonly string[]): string =>
    inputs.length === 0
      ? 'NULL'
      : `(SELECT json_agg(id)::text FROM (${inputs.map((input) => `SELECT id FROM ${input}`).join(' UNION ALL ')}) AS written)`;
  statement.part(
    'change_noted AS (INSERT INTO change (transaction_id, noted_at, flow_runs, task_runs) ' +
      `SELECT ${feed.transactionId}, ${now}, ${ids(flows.length === 0 ? [] : ['flow_in'])}, ${ids(taskInputs)} ` +
      `WHERE EXISTS (SELECT 1 FROM follower WHERE lease_until > ${now}))`,
  );
}

function addMark(statement: Statement, { writerId, batch }: CommitMark): void {
  statement.part(
    `marked AS (INSERT INTO writer (id, batch, committed_at) VALUES (?, ?::bigint, ${postgresSyntax.now}) ` +
      'ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, committed_at = excluded.committed_at)',
  );
  statement.parameters.push(writerId, String(batch));
}

function stored(value: SqlValue): SqlValue {
  return typeof value === 'string' ? storable(value) : value;
}

function inputsOf<TRecord>(columns: readonly Column<TRecord>[], records: readonly TRecord[]): Input[] {
  return columns.map(({ name, kind, value }) => ({
    name,
    kind,
    values: records.map((record) => stored(value(record))),
  }));
}
