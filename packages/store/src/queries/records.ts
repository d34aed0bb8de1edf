/** Logs, artifacts and variables in SQL: see ports/records.ts for what is promised. */
import type { Row } from '../sql/dialect.ts';
import { type PageRequest, pageLimit } from '../ports/page.ts';
import type {
  ArtifactInit,
  ArtifactRecord,
  Artifacts,
  LogFilter,
  LogRow,
  Logs,
  StoredLogRow,
  StoredVariable,
  VariableRecord,
  Variables,
} from '../ports/records.ts';
import { encodeTags } from '../sql/columns.ts';
import { ms, number, tags, text, textOrNull } from '../sql/read.ts';
import { Conditions } from '../sql/conditions.ts';
import { first, type QueryContext } from './context.ts';

export class SqlLogs implements Logs {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async append(rows: readonly LogRow[]): Promise<void> {
    await this.#context.writeRows({ flows: [], tasks: [], logs: rows });
  }

  async list(filter: LogFilter): Promise<readonly StoredLogRow[]> {
    const conditions = new Conditions()
      .when(filter.flowRunId, 'flow_run_id = ?')
      .when(filter.taskRunId, 'task_run_id = ?')
      .when(filter.minLevel, 'level >= ?')
      .when(filter.after, 'sequence > ?');
    if (filter.rootFlowRunId !== undefined) {
      const tree = 'flow_run_id IN (SELECT id FROM flow_run WHERE root_flow_run_id = ? UNION ALL SELECT ?)';
      conditions.add(tree, filter.rootFlowRunId, filter.rootFlowRunId);
    }
    const sql =
      'SELECT sequence, flow_run_id, task_run_id, level, logged_at, logger, message FROM log' +
      `${conditions.where} ORDER BY sequence LIMIT ?`;
    return (await this.#context.all(sql, [...conditions.parameters, pageLimit({ limit: filter.limit ?? 100 })])).map(
      toLog,
    );
  }
}

const artifactColumns = 'id, key, type, description, flow_run_id, task_run_id, created_at, updated_at, data';

export class SqlArtifacts implements Artifacts {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async insert(artifact: ArtifactInit): Promise<void> {
    const { now } = this.#context.syntax;
    const { id, key, type, description, flowRunId, taskRunId, data } = artifact;
    await this.#context.run(
      `INSERT INTO artifact (${artifactColumns}) VALUES (?, ?, ?, ?, ?, ?, ${now}, ${now}, ?) ON CONFLICT DO NOTHING`,
      [id, key, type, description, flowRunId, taskRunId, data],
    );
  }

  async get(id: string): Promise<ArtifactRecord | undefined> {
    const row = await first(this.#context, `SELECT ${artifactColumns} FROM artifact WHERE id = ?`, [id]);
    return row === undefined ? undefined : toArtifact(row);
  }

  async update(id: string, data: string): Promise<boolean> {
    const sql = `UPDATE artifact SET data = ?, updated_at = ${this.#context.syntax.now} WHERE id = ?`;
    return (await this.#context.run(sql, [data, id])) === 1;
  }

  async list(filter: PageRequest & { readonly key?: string; readonly flowRunId?: string }) {
    const conditions = new Conditions()
      .when(filter.key, 'key = ?')
      .when(filter.flowRunId, 'flow_run_id = ?')
      .when(filter.after, 'id < ?');
    const sql = `SELECT ${artifactColumns} FROM artifact${conditions.where} ORDER BY id DESC LIMIT ?`;
    return (await this.#context.all(sql, [...conditions.parameters, pageLimit(filter)])).map(toArtifact);
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#context.run('DELETE FROM artifact WHERE id = ?', [id])) === 1;
  }
}

const variableColumns = 'id, name, tags, created_at, updated_at, value';

export class SqlVariables implements Variables {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async get(name: string): Promise<StoredVariable | undefined> {
    const row = await first(this.#context, `SELECT ${variableColumns} FROM variable WHERE name = ?`, [name]);
    return row === undefined ? undefined : toVariable(row);
  }

  async set({ name, tags, value, overwrite }: VariableRecord & { readonly overwrite: boolean }): Promise<boolean> {
    const { now } = this.#context.syntax;
    const onConflict = overwrite
      ? '(name) DO UPDATE SET tags = excluded.tags, value = excluded.value, updated_at = excluded.updated_at'
      : 'DO NOTHING';
    const sql = `INSERT INTO variable (${variableColumns}) VALUES (?, ?, ?, ${now}, ${now}, ?) ON CONFLICT ${onConflict}`;
    return (await this.#context.run(sql, [this.#context.uniqueId(), name, encodeTags(tags), value])) === 1;
  }

  async remove(name: string): Promise<boolean> {
    return (await this.#context.run('DELETE FROM variable WHERE name = ?', [name])) === 1;
  }

  async list(page?: PageRequest): Promise<readonly StoredVariable[]> {
    const conditions = new Conditions().when(page?.after, 'name > ?');
    const sql = `SELECT ${variableColumns} FROM variable${conditions.where} ORDER BY name LIMIT ?`;
    return (await this.#context.all(sql, [...conditions.parameters, pageLimit(page)])).map(toVariable);
  }
}

function toLog(row: Row): StoredLogRow {
  return {
    sequence: number(row, 'sequence'),
    flowRunId: textOrNull(row, 'flow_run_id'),
    taskRunId: textOrNull(row, 'task_run_id'),
    level: number(row, 'level'),
    logger: text(row, 'logger'),
    message: text(row, 'message'),
    at: ms(row, 'logged_at'),
  };
}

function toArtifact(row: Row): ArtifactRecord {
  return {
    id: text(row, 'id'),
    key: textOrNull(row, 'key'),
    type: text(row, 'type'),
    description: textOrNull(row, 'description'),
    data: text(row, 'data'),
    flowRunId: textOrNull(row, 'flow_run_id'),
    taskRunId: textOrNull(row, 'task_run_id'),
    createdAt: ms(row, 'created_at'),
    updatedAt: ms(row, 'updated_at'),
  };
}

function toVariable(row: Row): StoredVariable {
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    value: text(row, 'value'),
    tags: tags(row, 'tags'),
    createdAt: ms(row, 'created_at'),
    updatedAt: ms(row, 'updated_at'),
  };
}
