/** Flows in SQL: see ports/flows.ts for what is promised. */
import type { FlowRecord, Flows } from '../ports/flows.ts';
import { flowIdOf } from '../rows/flow-row.ts';
import { encodeJson, encodeTags } from '../sql/columns.ts';
import type { Row } from '../sql/dialect.ts';
import { json, ms, tags, text } from '../sql/read.ts';
import { first, type QueryContext } from './context.ts';

const select = 'SELECT id, name, tags, labels, created_at, updated_at FROM flow';

export class SqlFlows implements Flows {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  get(id: string): Promise<FlowRecord | undefined> {
    return this.#one('id = ?', id);
  }

  getByName(name: string): Promise<FlowRecord | undefined> {
    return this.#one('name = ?', name);
  }

  async ensure(name: string): Promise<FlowRecord> {
    const { now } = this.#context.syntax;
    const id = flowIdOf(name);
    this.#context.locks?.take('beside');
    const sql = `INSERT INTO flow (id, name, created_at, updated_at) VALUES (?, ?, ${now}, ${now}) ON CONFLICT DO NOTHING`;
    await this.#context.run(sql, [id, name]);
    const flow = await this.get(id);
    if (flow === undefined) throw new Error(`flow ${id} is gone right after it was made`);
    return flow;
  }

  async amend(id: string, patch: Parameters<Flows['amend']>[1]): Promise<FlowRecord | undefined> {
    const flow = await this.get(id);
    if (flow === undefined) return undefined;
    const { tags: newTags, labels } = { ...flow, ...patch };
    const sql = `UPDATE flow SET tags = ?, labels = ?, updated_at = ${this.#context.syntax.now} WHERE id = ?`;
    await this.#context.run(sql, [encodeTags(newTags), encodeJson(labels), id]);
    return this.get(id);
  }

  async #one(condition: string, value: string): Promise<FlowRecord | undefined> {
    const row = await first(this.#context, `${select} WHERE ${condition}`, [value]);
    return row === undefined ? undefined : toFlow(row);
  }
}

function toFlow(row: Row): FlowRecord {
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    tags: tags(row, 'tags'),
    labels: json(row, 'labels', {}),
    createdAt: ms(row, 'created_at'),
    updatedAt: ms(row, 'updated_at'),
  };
}
