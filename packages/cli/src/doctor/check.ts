/** One result of `millrace doctor`. */

export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  /** The finding. */
  readonly message: string;
  /** The remedy; absent if all is well. */
  readonly advice?: string;
}

export function ok(name: string, message: string): Check {
  return { name, status: 'ok', message };
}

export function warning(name: string, message: string, advice: string): Check {
  return { name, status: 'warning', message, advice };
}

export function failure(name: string, message: string, advice: string): Check {
  return { name, status: 'failed', message, advice };
}
