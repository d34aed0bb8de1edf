/** Telling the store's refusals apart, by code: they may come from another copy of its package. */

/** Whether somebody else holds the run now. */
export function isStale(error: unknown): boolean {
  return codeOf(error) === 'StaleExecution';
}

/** Whether somebody else changed the run since it was read. */
export function isRunChanged(error: unknown): boolean {
  return codeOf(error) === 'RUN_CHANGED';
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** More often than anybody can change one run between a reading and a writing. */
const triesMax = 50;

/** Does it again while somebody else changes the run in between. */
export async function retryOnConflict<T>(body: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await body();
    } catch (error) {
      if (!isRunChanged(error) || tries >= triesMax) throw error;
    }
  }
}
