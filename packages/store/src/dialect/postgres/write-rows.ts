/**
 * The hot path on PostgreSQL: one statement, one round trip, however many rows.
 *
 * Rows go in as arrays. Flow runs are written first; a task run is written if its fence holds on a row that is locked
 * against claims until the commit, or on a flow run written by the same statement. The answer names what was written; what
 * is missing in it was refused.
 */
import type { TaskRunRecord } from '@millrace/kernel';
import { type Column, integer, storable } from '../../rows/columns.ts';
import { flowRunColumns } from '../../rows/flow-run-row.ts';
import { taskRunColumns } from '../../rows/task-run-row.ts';
import { keepsStoredOutcome } from '../../rows/unread-outcomes.ts';
import type { Fence, FlowRunFence } from '../../ports/store.ts';
import type { CommitMark, FlowWrite, RowBatch, RowOutcome, SqlValue, TaskWrite } from '../dialect.ts';
import { arrayLiteral } from './syntax.ts';

export type Answer = readonly { readonly id: string; readonly token: number; readonly kind: string }[];
/** Runs a statement in whose text `?` stands for the parameters. */
export type Ask = (sql: string, parameters: readonly string[]) => Promise<Answer>;

/** One array parameter: its name in the statement, its type, its values. */
interface Input {
  readonly name: string;
  readonly kind: 'text' | 'integer';
  readonly values: readonly SqlValue[];
}

/** See Dialect.writeRows; with a mark it is the whole transaction. */
export async function writeRows(ask: Ask, batch: RowBatch, mark: CommitMark | null): Promise<RowOutcome> {
  const statement = new Statement();
  addFlowInput(statement, batch.flows);
  addFences(statement, batch);
  addFlows(statement, batch.flows);
  addHeld(statement, batch);
  addTasks(statement, batch.tasks);
  addLogs(statement, batch);
  if (mark !== null) addMark(statement, mark);
  const answer = await ask(statement.sql, statement.parameters);
  return outcomeOf(ask, batch, answer);
}

async function outcomeOf(ask: Ask, batch: RowBatch, answer: Answer): Promise<RowOutcome> {
  const held = new Set(answer.map(({ id, token }) => `${id} ${token}`));
  const written = new Set(answer.filter(({ kind }) => kind === 'flow').map(({ id }) => id));
  const refused = batch.flows.filter(({ record }) => !written.has(record.id));
  const refusedIds = new Set(refused.map(({ record }) => record.id));
  const missing = batch.tasks.filter(({ fence }) => ofFlow(fence) && !held.has(`${fence.flowRunId} ${fence.token}`));
  // Their fence may hold all the same: a run that was refused for its revision still has its token.
  const undecided = missing.filter(({ fence }) => ofFlow(fence) && refusedIds.has(fence.flowRunId));
  const stale = new Set(missing.filter((write) => !undecided.includes(write)));
  const tasks = new Set(answer.filter(({ kind }) => kind === 'task').map(({ id }) => id));
  for (const write of batch.tasks) {
    if (ofSession(write.fence) && !write.records.every(({ id }) => tasks.has(id))) stale.add(write);
  }
  if (undecided.length > 0) {
    const second = await writeRows(ask, { flows: [], tasks: undecided, logs: [] }, null);
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

function ofFlow(fence: Fence | null): fence is FlowRunFence {
  return fence !== null && 'flowRunId' in fence;
}

function ofSession(fence: Fence | null): boolean {
  return fence !== null && !('flowRunId' in fence);
}

/** A WITH statement as it grows. */
class Statement {
  readonly parameters: string[] = [];
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

  get sql(): string {
    const answers =
      this.#answers.length === 0 ? [`SELECT '' AS id, 0 AS token, '' AS kind WHERE false`] : this.#answers;
    return `WITH ${this.#parts.join(', ')} ${answers.join(' UNION ALL ')}`;
  }
}

function addFlowInput(statement: Statement, flows: readonly FlowWrite[]): void {
  if (flows.length === 0) return;
  statement.input('flow_in', [
    ...inputsOf(
      flowRunColumns,
      flows.map(({ record }) => record),
    ),
    { name: 'revision', kind: 'text', values: flows.map(({ next }) => next) },
    { name: 'expected', kind: 'text', values: flows.map(({ expected }) => expected) },
    { name: 'keeps', kind: 'integer', values: flows.map(({ record }) => (keepsStoredOutcome(record) ? 1 : 0)) },
    { name: 'parent_token', kind: 'integer', values: flows.map(({ parent }) => parent?.token ?? null) },
  ]);
}

function addFlows(statement: Statement, flows: readonly FlowWrite[]): void {
  if (flows.length === 0) return;
  const set = flowRunColumns.filter(({ changes }) => changes).map(({ name }) => `${name} = ${newFlowValue(name)}`);
  const names = [...flowRunColumns.map(({ name }) => name), 'revision'].join(', ');
  statement.part(
    `flow_updated AS (UPDATE flow_run SET ${set.join(', ')}, revision = i.revision FROM flow_in i ` +
      `WHERE i.expected <> '' AND flow_run.id = i.id AND flow_run.token = i.token ` +
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

/** The parent is not stored, or begins or goes on in this very statement, or is locked under the token. */
const parentHolds =
  'AND (parent_token IS NULL OR NOT EXISTS (SELECT 1 FROM flow_run p WHERE p.id = flow_in.parent_flow_run_id) ' +
  'OR EXISTS (SELECT 1 FROM fence_locked l WHERE l.id = parent_flow_run_id AND l.token = parent_token) ' +
  'OR EXISTS (SELECT 1 FROM flow_updated u WHERE u.id = parent_flow_run_id AND u.token = parent_token)) ';

function newFlowValue(name: string): string {
  return name === 'outcome' ? 'CASE WHEN i.keeps = 1 THEN flow_run.outcome ELSE i.outcome END' : `i.${name}`;
}

/** The fences that tasks and beginning children are written under. */
function fencesOf({ flows, tasks }: RowBatch): readonly FlowRunFence[] {
  const ofTasks = tasks.flatMap(({ fence }) => (ofFlow(fence) ? [fence] : []));
  return [...ofTasks, ...flows.flatMap(({ parent, expected }) => (parent === null || expected !== '' ? [] : [parent]))];
}

/** Locks the rows whose fences hold against a claim. */
function addFences(statement: Statement, batch: RowBatch): void {
  const fences = fencesOf(batch);
  if (fences.length === 0) return;
  const values = { ids: fences.map(({ flowRunId }) => flowRunId), tokens: fences.map(({ token }) => token) };
  statement.input('fence_in', [
    { name: 'id', kind: 'text', values: values.ids },
    { name: 'token', kind: 'integer', values: values.tokens },
  ]);
  // A row that this statement updates can't be locked by it too.
  const others =
    batch.flows.length === 0 ? '' : ' AND NOT EXISTS (SELECT 1 FROM flow_in WHERE flow_in.id = flow_run.id)';
  statement.part(
    'fence_locked AS (SELECT flow_run.id, flow_run.token FROM flow_run JOIN fence_in ON flow_run.id = fence_in.id ' +
      `AND flow_run.token = fence_in.token${others} FOR SHARE OF flow_run)`,
  );
}

/** Which fences hold: those of the locked rows, and of the flow runs that this statement writes itself. */
function addHeld(statement: Statement, batch: RowBatch): void {
  if (fencesOf(batch).length === 0) return;
  const written = ' UNION ALL SELECT id, token FROM flow_updated UNION ALL SELECT id, token FROM flow_inserted';
  statement.part(`held AS (SELECT id, token FROM fence_locked${batch.flows.length === 0 ? '' : written})`);
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

/** In a flow the fence tells what is written; outside any flow the answer names the rows that were. */
function addTaskRows(
  statement: Statement,
  rows: readonly TaskRow[],
  { inFlow, keeps }: { readonly inFlow: boolean; readonly keeps: boolean },
): void {
  const input = `${inFlow ? 'task_in' : 'held_task_in'}${keeps ? '_keeping' : ''}`;
  const fences = rows.map(({ fence }) => (ofFlow(fence) ? fence : null));
  statement.input(input, [
    ...inputsOf(
      taskRunColumns,
      rows.map(({ record }) => record),
    ),
    { name: 'fence_id', kind: 'text', values: fences.map((fence) => fence?.flowRunId ?? null) },
    { name: 'fence_token', kind: 'integer', values: fences.map((fence) => fence?.token ?? null) },
  ]);
  const names = taskRunColumns.map(({ name }) => name).join(', ');
  const set = taskRunColumns.filter(({ name, changes }) => changes && !(keeps && name === 'outcome'));
  const held =
    'WHERE fence_id IS NULL OR EXISTS (SELECT 1 FROM held WHERE held.id = fence_id AND held.token = fence_token)';
  const fenced = fences.some((fence) => fence !== null);
  statement.part(
    `${input}_written AS (INSERT INTO task_run (${names}) SELECT ${names} FROM ${input} ${fenced ? held : ''} ` +
      `ON CONFLICT (id) DO UPDATE SET ${set.map(({ name }) => `${name} = excluded.${name}`).join(', ')} ` +
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
    { name: 'logged_at', kind: 'integer', values: logs.map((row) => integer(row.at, 'log.at')) },
  ]);
  const names = 'flow_run_id, task_run_id, level, logger, message, logged_at';
  statement.part(`log_written AS (INSERT INTO log (${names}) SELECT ${names} FROM log_in ORDER BY place)`);
}

function addMark(statement: Statement, { writerId, batch }: CommitMark): void {
  statement.part(
    'marked AS (INSERT INTO writer (id, batch, committed_at) VALUES (?, ?::bigint, ' +
      '(extract(epoch FROM clock_timestamp()) * 1000)::bigint) ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, ' +
      'committed_at = excluded.committed_at)',
  );
  statement.parameters.push(writerId, String(batch));
}

function inputsOf<TRecord>(columns: readonly Column<TRecord>[], records: readonly TRecord[]): Input[] {
  return columns.map(({ name, kind, value }) => ({
    name,
    kind,
    values: records.map((record) => {
      const made = value(record);
      return typeof made === 'string' ? storable(made) : made;
    }),
  }));
}
