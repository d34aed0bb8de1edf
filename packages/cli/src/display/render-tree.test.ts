import type { State, StateType } from '@millrace/kernel';
import type { GroupNode, RunNode, TreeNode } from '@millrace/views';
import { describe, expect, it } from 'vitest';
import { channelOver } from '../output/terminal.ts';
import { renderTree } from './render-tree.ts';

function stateOf(type: StateType, message: string | null = null): State {
  return { type, name: type.charAt(0) + type.slice(1).toLowerCase(), at: 0, message, details: null };
}

function run(kind: RunNode['kind'], of: string, more: Partial<RunNode> = {}): RunNode {
  return {
    kind,
    id: of,
    of,
    name: `${of}-1`,
    state: stateOf('COMPLETED'),
    startAt: 0,
    endAt: 20,
    runCount: 1,
    runTimeMs: 20,
    waiting: null,
    children: [],
    ...more,
  };
}

function group(of: string, counts: GroupNode['counts'], children: readonly TreeNode[] = []): GroupNode {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { kind: 'group', of, members: 'task', counts, total, children };
}

function drawn(
  root: TreeNode,
  more: { readonly columns?: number; readonly isUnicode?: boolean; readonly hasBars?: boolean } = {},
): readonly string[] {
  const { columns = Number.POSITIVE_INFINITY, isUnicode = true, hasBars = false } = more;
  const channel = { ...channelOver({ write: () => true }, {}), columns };
  return renderTree(root, { channel, isUnicode, hasBars, now: 10_000 });
}

describe('a run tree as text', () => {
  it('has a line a run with its state and duration, below the run that called it', () => {
    const process = run('flow', 'process', { runTimeMs: 1_500 });
    const tasks = [run('task', 'async-task', { children: [process] }), run('task', 'async-task')];
    expect(drawn(run('flow', 'seed', { runTimeMs: 1_500, children: tasks }))).toEqual([
      '✓ seed · seed-1  Completed  1.50s',
      '├─ ✓ async-task-1  Completed  20ms',
      '│  └─ ✓ process · process-1  Completed  1.50s',
      '└─ ✓ async-task-1  Completed  20ms',
    ]);
  });

  it('says why a run failed or waits, and how long a run has been running', () => {
    const failed = run('task', 'load', { state: stateOf('FAILED', 'Error: no\nroute') });
    const never = { startAt: null, endAt: null, runCount: 0, runTimeMs: 0 };
    const sleeping = run('flow', 'later', {
      ...never,
      state: stateOf('SCHEDULED'),
      waiting: { kind: 'sleep', until: 70_000 },
    });
    const [first, ...others] = drawn(
      run('flow', 'nightly', {
        state: { ...stateOf('RUNNING'), at: 7_000 },
        runTimeMs: 0,
        endAt: null,
        children: [failed, sleeping],
      }),
    );
    expect(first).toBe('● nightly · nightly-1  Running  3.00s');
    expect(others).toEqual([
      '├─ ✗ load-1  Failed  20ms  Error: no route',
      '└─ ◌ later · later-1  Scheduled  sleeping, wakes in 1m',
    ]);
  });

  it('shows the number of attempts if there was more than one', () => {
    expect(drawn(run('task', 'flaky', { runCount: 3 }))).toEqual(['✓ flaky-1  Completed  20ms  3 attempts']);
  });

  it('has the counts of a group by state, with thousands set apart', () => {
    const failed = run('task', 'step', { state: stateOf('FAILED', 'boom') });
    expect(drawn(group('step', { COMPLETED: 9_989, FAILED: 11 }, [failed]))).toEqual([
      '✗ step ×10,000  ✓ 9,989  ✗ 11',
      '└─ ✗ step-1  Failed  20ms  boom',
    ]);
  });

  it('is drawn in ASCII where there is no font for more', () => {
    expect(drawn(run('flow', 'seed', { children: [run('task', 'a')] }), { isUnicode: false })).toEqual([
      '+ seed - seed-1  Completed  20ms',
      '`- + a-1  Completed  20ms',
    ]);
  });

  it('shows the progress of an unfinished group, and fits a narrow screen', () => {
    const tree = run('flow', 'sums', { children: [group('double', { COMPLETED: 100, PENDING: 100 })] });
    expect(drawn(tree, { hasBars: true })[1]).toContain('━━━━━━────── 50%');
    for (const line of drawn(tree, { hasBars: true, columns: 40 })) expect(line.length).toBeLessThanOrEqual(40);
  });
});
