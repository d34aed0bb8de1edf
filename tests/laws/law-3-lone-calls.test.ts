/**
 * Law 3, for a call whose thread can't be seen and which alone is recorded of its equals: a helper that is started first and awaited later is
 * ordinary code, and is not refused. A second call of the group shows that the value may have been another's, and is.
 */
import { AmbiguousReplay, flow, step, task } from 'millrace';
import { testEngine } from 'millrace/testing';
import { describe, expect, test } from 'vitest';

class Client {
  page(id: string): string {
    return `page ${id}`;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('law 3: a lone call on an unknown thread', () => {
  test('of a helper that is started first and awaited later gives its recorded value, without a warning', async () => {
    await using engine = await testEngine();
    const client = new Client();
    const pages: string[] = [];
    const page = task('page', (from: Client, id: string) => {
      pages.push(id);
      return from.page(id);
    });
    const visit = async (id: string): Promise<string> => {
      await turn();
      return await page(client, id);
    };
    const last = task('last', () => 'last');
    const outer = flow('outer', async () => {
      const started = ['a', 'b', 'c'].map(visit);
      const once = (async () => {
        await turn();
        return await step('once', () => 'once');
      })();
      const found: string[] = [];
      for (const one of started) found.push(await one);
      return [...found, await once, await last()];
    });
    engine.crashAfter('last');
    const result = engine.run(() => outer());
    await engine.settle();
    await engine.restart();
    expect(await result).toEqual(['page a', 'page b', 'page c', 'once', 'last']);
    expect(pages.toSorted()).toEqual(['a', 'b', 'c']);
    const root = (await engine.runs()).find((run) => run.name !== undefined && run.state.name === 'Completed');
    expect(await engine.logs(root?.id ?? '')).toEqual([]);
  });

  test('is followed by a second: which of the two is recorded can not be told, and the run fails', async () => {
    await using engine = await testEngine();
    let order = [0, 1];
    const outer = flow('outer', async () => {
      const jobs = [0, 1].map((index) => ({ index, at: order.indexOf(index) }));
      return await Promise.all(
        jobs.map(
          ({ index, at }) =>
            new Promise<string>((resolve) => {
              const visit = async (): Promise<void> => {
                for (let left = at * 20; left > 0; left -= 1) await turn();
                resolve(await step('visit', () => `visit of ${index}`));
              };
              // The stack of what a timer begins leads nowhere.
              setImmediate(() => void visit());
            }),
        ),
      );
    });
    engine.crashAfter({ task: 'visit', occurrence: 1 });
    const result = engine.run(() => outer());
    result.catch(() => {});
    await engine.settle();
    order = [1, 0];
    await engine.restart();
    await expect(result).rejects.toBeInstanceOf(AmbiguousReplay);
  });
});
