/** A migration: a name that never changes and its statements, written once for both dialects. */
import type { Syntax } from '../sql/dialect.ts';

export interface Migration {
  /** `NNNN-name`: the order and the record. */
  readonly id: string;
  /** Run in one transaction. Forward only; released migrations are never edited. */
  statements(syntax: Syntax): readonly string[];
}
