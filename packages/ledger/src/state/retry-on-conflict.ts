/** Classifies the store's refusals by code, because they may come from another copy of its package. */

/** Whether another process owns the run now. */
export function isStale(error: unknown): boolean {
  return codeOf(error) === 'StaleExecution';
}

/** Whether the run was changed since it was read. */
export function isRunChanged(error: unknown): boolean {
  return codeOf(error) === 'RUN_CHANGED';
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** A bound that no series of real conflicts reaches. */
const triesMax = 50;

/** Calls the body again while the run changes between its read and its write. */
export async function retryOnConflict<T>(body: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await body();
    } catch (error) {
      if (!isRunChanged(error) || tries >= triesMax) throw error;
    }
  }
}
