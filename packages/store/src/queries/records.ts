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
  VariableRecord,
  Variables,
} from '../ports/records.ts';
import { decodeTags, encodeTags } from '../sql/columns.ts';
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

export class SqlVariables implements Variables {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  async get(name: string): Promise<VariableRecord | undefined> {
    const row = await first(this.#context, 'SELECT name, tags, value FROM variable WHERE name = ?', [name]);
    return row === undefined ? undefined : toVariable(row);
  }

  async set({ name, tags, value, overwrite }: VariableRecord & { readonly overwrite: boolean }): Promise<boolean> {
    const onConflict = overwrite ? '(name) DO UPDATE SET tags = excluded.tags, value = excluded.value' : 'DO NOTHING';
    const sql = `INSERT INTO variable (name, tags, value) VALUES (?, ?, ?) ON CONFLICT ${onConflict}`;
    return (await this.#context.run(sql, [name, encodeTags(tags), value])) === 1;
  }

  async remove(name: string): Promise<boolean> {
    return (await this.#context.run('DELETE FROM variable WHERE name = ?', [name])) === 1;
  }

  async list(page?: PageRequest): Promise<readonly VariableRecord[]> {
    const conditions = new Conditions().when(page?.after, 'name > ?');
    const sql = `SELECT name, tags, value FROM variable${conditions.where} ORDER BY name LIMIT ?`;
    return (await this.#context.all(sql, [...conditions.parameters, pageLimit(page)])).map(toVariable);
  }
}

function toLog(row: Row): StoredLogRow {
  return {
    sequence: row['sequence'] as number,
    flowRunId: row['flow_run_id'] as string | null,
    taskRunId: row['task_run_id'] as string | null,
    level: row['level'] as number,
    logger: row['logger'] as string,
    message: row['message'] as string,
    at: row['logged_at'] as number,
  };
}

function toArtifact(row: Row): ArtifactRecord {
  return {
    id: row['id'] as string,
    key: row['key'] as string | null,
    type: row['type'] as ArtifactRecord['type'],
    description: row['description'] as string | null,
    data: row['data'] as string,
    flowRunId: row['flow_run_id'] as string | null,
    taskRunId: row['task_run_id'] as string | null,
    createdAt: row['created_at'] as number,
    updatedAt: row['updated_at'] as number,
  };
}

function toVariable(row: Row): VariableRecord {
  return { name: row['name'] as string, value: row['value'] as string, tags: decodeTags(row['tags'] ?? null) };
}
