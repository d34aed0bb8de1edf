/** Port of flows. A flow exists from its first run on, or since a client created it; its runs refer to it by name. */
import type { Json } from '@millrace/kernel';

/** A flow as it is stored (instants are epoch ms). The id follows from the name: see `flowIdOf`. */
export interface FlowRecord {
  readonly id: string;
  readonly name: string;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, Json>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Port: flows inside one transaction. */
export interface Flows {
  get(id: string): Promise<FlowRecord | undefined>;
  getByName(name: string): Promise<FlowRecord | undefined>;
  /** The flow of this name, made if there is none. */
  ensure(name: string): Promise<FlowRecord>;
  /** Absent fields stay. undefined = there is no such flow. */
  amend(
    id: string,
    patch: { readonly tags?: readonly string[]; readonly labels?: Readonly<Record<string, Json>> },
  ): Promise<FlowRecord | undefined>;
}
