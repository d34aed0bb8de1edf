/** Port of the inputs that clients store for a flow run under a key, for its body to read. They are deleted with the run. */

/** An input to be stored. */
export interface RunInputInit {
  readonly flowRunId: string;
  readonly key: string;
  /** Text of the client's. */
  readonly value: string;
  /** The sender; null = unknown. */
  readonly sender: string | null;
}

/** An input as it is stored. */
export interface RunInputRecord extends RunInputInit {
  /** Epoch ms. */
  readonly createdAt: number;
}

/** Which inputs of a run a list wants, by key. */
export interface RunInputQuery {
  readonly prefix: string;
  readonly except: readonly string[];
  readonly limit: number;
}

/** Port: inputs of flow runs inside one transaction. */
export interface RunInputs {
  /** False when the run has an input under this key. */
  insert(input: RunInputInit): Promise<boolean>;
  get(flowRunId: string, key: string): Promise<RunInputRecord | undefined>;
  /** Oldest first. */
  list(flowRunId: string, query: RunInputQuery): Promise<readonly RunInputRecord[]>;
  remove(flowRunId: string, key: string): Promise<boolean>;
}
