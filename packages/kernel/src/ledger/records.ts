/** The ledger's port for artifacts and variables. */
import type { PageRequest } from '../filters/named-conditions.ts';

/** Artifacts: records that runs leave for people to look at. */
export interface Artifacts {
  put(artifact: ArtifactInput): Promise<string>;
  update(id: string, data: string): Promise<void>;
  list(
    filter: PageRequest & { readonly key?: string; readonly flowRunId?: string },
  ): Promise<readonly ArtifactRecord[]>;
}

/** An artifact to be kept. */
export interface ArtifactInput {
  readonly id: string;
  readonly key: string | null;
  /** `markdown`, `table`, `link`, `progress`, `image`, or a client's own. */
  readonly type: string;
  readonly description: string | null;
  readonly data: string;
  readonly flowRunId: string | null;
  readonly taskRunId: string | null;
}

/** An artifact that is kept. */
export interface ArtifactRecord extends ArtifactInput {
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Named values that outlive runs. */
export interface Variables {
  get(name: string): Promise<string | undefined>;
  /** False when it exists and `overwrite` is false. `value` is encoded. */
  set(variable: {
    readonly name: string;
    readonly value: string;
    readonly tags: readonly string[];
    readonly overwrite: boolean;
  }): Promise<boolean>;
  remove(name: string): Promise<boolean>;
  list(
    page?: PageRequest,
  ): Promise<readonly { readonly name: string; readonly value: string; readonly tags: readonly string[] }[]>;
}
