/**
 * The values that the body of a transaction shares with its hooks. They are copied, so that a hook never sees later changes.
 */
import { ConfigurationError, decodeValue, encodeValue } from '@millrace/kernel';

/** The handle of a transaction, for its body and its hooks. */
export interface TransactionHandle {
  /** @throws ConfigurationError when nothing was set under this name and there is no fallback */
  get<T = unknown>(name: string, fallback?: T): T;
  /** @throws NotSerializable for values that are no data: a function, an instance of a class */
  set(name: string, value: unknown): void;
}

export class SharedValues implements TransactionHandle {
  readonly #texts = new Map<string, string>();
  readonly #outer: TransactionHandle | null;
  readonly #onSet: (name: string, value: unknown) => void;

  /** @param outer the values in which a name is looked up that is not set here */
  constructor(outer: TransactionHandle | null, onSet: (name: string, value: unknown) => void = () => {}) {
    this.#outer = outer;
    this.#onSet = onSet;
  }

  set(name: string, value: unknown): void {
    this.#texts.set(name, encodeValue(value, 'value', `'${name}' in the transaction`));
    this.#onSet(name, value);
  }

  get<T>(name: string, fallback?: T): T {
    const text = this.#texts.get(name);
    if (text !== undefined) return decodeValue(text) as T;
    if (this.#outer !== null) return this.#outer.get(name, fallback);
    if (fallback !== undefined) return fallback;
    throw new ConfigurationError(
      `Nothing was set as '${name}' in this transaction. Set it before, or give a fallback: get('${name}', ...).`,
      { name },
    );
  }
}
