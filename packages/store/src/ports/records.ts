/** Ports of logs, artifacts and variables. */
import type { PageRequest } from './page.ts';

/** A line of log. `level` is one of Python's numbers; `at` is epoch ms. */
export interface LogRow {
  readonly flowRunId: string | null;
  readonly taskRunId: string | null;
  readonly level: number;
  readonly logger: string;
  readonly message: string;
  readonly at: number;
}

/** Which lines of log a list wants; every given condition must hold. At most 1,000 (default 100). */
export interface LogFilter {
  readonly flowRunId?: string;
  readonly rootFlowRunId?: string;
  readonly taskRunId?: string;
  readonly minLevel?: number;
  /** The last sequence of the page before. */
  readonly after?: number;
  readonly limit?: number;
}

/** A line of log as it is stored. */
export interface StoredLogRow extends LogRow {
  /** Grows in the order of writing. */
  readonly sequence: number;
}

/** Port: lines of log, in the order of writing. */
export interface Logs {
  append(rows: readonly LogRow[]): Promise<void>;
  /** Oldest first. */
  list(filter: LogFilter): Promise<readonly StoredLogRow[]>;
}

/** An artifact to be stored; `data` is encoded text. */
export interface ArtifactInit {
  readonly id: string;
  readonly key: string | null;
  /** `markdown`, `table`, `link`, `progress`, `image`, or a client's own. */
  readonly type: string;
  readonly description: string | null;
  readonly data: string;
  readonly flowRunId: string | null;
  readonly taskRunId: string | null;
}

/** An artifact as it is stored (instants are epoch ms). */
export interface ArtifactRecord extends ArtifactInit {
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Port: artifacts of runs. */
export interface Artifacts {
  /** Inserts it; a second insert of the same id changes nothing. */
  insert(artifact: ArtifactInit): Promise<void>;
  get(id: string): Promise<ArtifactRecord | undefined>;
  /** False when it does not exist. */
  update(id: string, data: string): Promise<boolean>;
  /** Newest first. */
  list(
    filter: PageRequest & { readonly key?: string; readonly flowRunId?: string },
  ): Promise<readonly ArtifactRecord[]>;
  remove(id: string): Promise<boolean>;
}

/** A variable to be stored. */
export interface VariableRecord {
  readonly name: string;
  /** Encoded. */
  readonly value: string;
  readonly tags: readonly string[];
}

/** A variable as it is stored (instants are epoch ms). Its id stays when it is overwritten. */
export interface StoredVariable extends VariableRecord {
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Port: variables, by name. */
export interface Variables {
  get(name: string): Promise<StoredVariable | undefined>;
  /** False when it exists and `overwrite` is false. */
  set(variable: VariableRecord & { readonly overwrite: boolean }): Promise<boolean>;
  remove(name: string): Promise<boolean>;
  /** By name. */
  list(page?: PageRequest): Promise<readonly StoredVariable[]>;
}
