/** Conformance suite of states that other processes propose for an owned run: how its owner is interrupted, and which runs stay open. */
import { cancelled, failed, type Interrupt, scheduled, suspended } from '@millrace/kernel';
import { describe, expect, it } from 'vitest';
import { verifyStore } from '../verify.ts';
import {
  cancelFrom,
  finishFlow,
  flowRunOf,
  interrupted,
  type MakeDatabase,
  startFlow,
  startTask,
  World,
} from './harness.ts';

export function exerciseMovesFromOutside(make: MakeDatabase): void {
  describe('an end that is given to a run from outside', () => {
    it('ends what it started too, and interrupts the process that was at work on it', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const { id } = flowRunOf(execution);
      const child = await startFlow(world, here, { parentFlowRunId: id, rootFlowRunId: id, replayKey: 'child' });
      const task = startTask(world, child);
      await child.committed();
      const interrupts = Promise.all([interrupted(execution), interrupted(child)]);
      const state = failed(world.clock.now(), { message: 'by ann' });
      expect((await there.ledger.runs.propose(id, { state, by: 'api' })).status).toBe('ACCEPT');
      expect((await interrupts).map(({ kind }) => kind)).toEqual(['lost', 'lost']);
      await expect(finishFlow(world, execution)).rejects.toMatchObject({ code: 'StaleExecution' });
      expect((await there.ledger.runs.flowRun(id))?.state).toMatchObject({ type: 'FAILED', message: 'by ann' });
      expect((await there.ledger.runs.taskRun(task.id))?.state.type).toBe('CANCELLED');
      expect(await verifyStore(there.store)).toEqual([]);
    });

    it('is no second start: what a process is at work on is not scheduled by others', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const state = scheduled(world.clock.now(), world.clock.now());
      const verdict = await there.ledger.runs.propose(flowRunOf(execution).id, { state, by: 'api' });
      expect(verdict).toMatchObject({ status: 'REJECT', rule: 'keep-held-run', changes: null });
      expect((await finishFlow(world, execution)).status).toBe('ACCEPT');
    });
  });

  describe('a cancellation that meets a write of the holder', () => {
    it('arrives with that write: what is stored is the live record from then on', async () => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const { id } = flowRunOf(execution);
      const kinds: string[] = [];
      execution.onInterrupt(({ kind }) => kinds.push(kind));
      const state = {
        type: 'CANCELLING',
        name: 'Cancelling',
        at: world.clock.now(),
        message: 'by ann',
        details: null,
      } as const;
      expect((await there.ledger.runs.propose(id, { state, by: 'api' })).status).toBe('ACCEPT');
      // Decided on a run that was RUNNING.
      await finishFlow(world, execution);
      expect(kinds).toEqual(['cancel']);
    });
  });

  describe('a stronger interrupt is delivered after a weaker one', () => {
    const interrupts = {
      suspend: { kind: 'suspend' },
      cancel: { kind: 'cancel', reason: 'by ann' },
      lost: { kind: 'lost' },
    } as const;
    const cases: readonly (readonly Interrupt['kind'][])[] = [
      ['suspend', 'cancel'],
      ['suspend', 'lost'],
      ['cancel', 'lost'],
      ['suspend', 'cancel', 'lost'],
    ];

    it.each(cases.map((kinds) => [kinds.join(', then '), kinds] as const))('%s', async (_, kinds) => {
      await using world = new World(make);
      const [here, there] = [await world.start(), await world.start()];
      const execution = await startFlow(world, here);
      const { id } = flowRunOf(execution);
      const { runs } = there.ledger;
      const send: Record<Interrupt['kind'], () => Promise<unknown>> = {
        suspend: () => runs.propose(id, { state: suspended(world.clock.now()), by: 'api' }),
        cancel: () => cancelFrom(there, world, id),
        lost: () => runs.propose(id, { state: cancelled(world.clock.now()), by: 'api' }),
      };
      const delivered: Interrupt[] = [];
      let onDelivery = (): void => {};
      execution.onInterrupt((interrupt) => {
        delivered.push(interrupt);
        onDelivery();
      });
      for (const kind of kinds) {
        const next = new Promise<void>((resolve) => {
          onDelivery = resolve;
        });
        await send[kind]();
        await next;
      }
      expect(delivered).toMatchObject(kinds.map((kind) => interrupts[kind]));
    });
  });
}
