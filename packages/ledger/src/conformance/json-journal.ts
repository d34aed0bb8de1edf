/**
 * A journal that copies every message through JSON, as a wire would: nothing is shared by reference, and an error arrives as
 * data. Verbs that write, and batches of rows, are one queue with one message under way at a time.
 */
import { decodeThrown, encodeThrown } from '@millrace/kernel';
import type { Journal, RowQueue } from '../journal/journal.ts';
import { markRecorded, RowBatches } from './json-rows.ts';

/** A message back: the JSON text of the answer, or of the error. */
type Reply<TAnswer> = { readonly answer: TAnswer; readonly thrown?: never } | { readonly thrown: string };

/** The verb as its caller has it, far from what it does. */
function overJson<TGiven extends readonly unknown[], TAnswer>(
  verb: (...given: TGiven) => Promise<TAnswer>,
): (...given: TGiven) => Promise<TAnswer> {
  const replyTo = async (request: string): Promise<string> => {
    try {
      return JSON.stringify({ answer: await verb(...(JSON.parse(request) as TGiven)) });
    } catch (error) {
      return JSON.stringify({ thrown: encodeThrown(error) });
    }
  };
  return async (...given) => {
    const reply = JSON.parse(await replyTo(JSON.stringify(given))) as Reply<TAnswer>;
    if (reply.thrown !== undefined) throw decodeThrown(reply.thrown);
    return reply.answer;
  };
}

/** One message at a time, in the order of asking. */
class MessageQueue {
  #last: Promise<unknown> = Promise.resolve();

  send<T>(message: () => Promise<T>): Promise<T> {
    const sent = this.#last.then(message);
    this.#last = sent.catch(() => undefined);
    return sent;
  }
}

export function jsonJournal(near: Journal): Journal {
  const queue = new MessageQueue();
  const batches = new RowBatches(near.rows, queue);
  const inOrder = <TGiven extends readonly unknown[], TAnswer>(verb: (...given: TGiven) => Promise<TAnswer>) => {
    const sent = overJson(verb);
    return (...given: TGiven): Promise<TAnswer> => {
      batches.cut();
      return queue.send(() => sent(...given));
    };
  };
  const { session, signals, slots, cache, values } = near;
  const rows: RowQueue = {
    putFlowRun: (record, parent = null) => batches.putFlowRun(record, parent),
    putTaskRun: (record, fence) => batches.putTaskRun(record, fence),
    appendLogs: (lines) => batches.appendLogs(lines),
    flush: () => queue.send(() => near.rows.flush()),
  };
  const look = overJson(session.heartbeat);
  const beat = inOrder(session.heartbeat);
  const claim = inOrder(near.claim);
  const snapshot = overJson(near.snapshot);
  return {
    rows,
    session: {
      open: inOrder(session.open),
      announce: inOrder(session.announce),
      heartbeat: (request) => (request.extend === null ? look(request) : beat(request)),
      close: inOrder(session.close),
    },
    claim: async (request) => {
      const answer = await claim(request);
      if (answer.status === 'claimed') markRecorded(answer.recorded);
      return answer;
    },
    flowRun: overJson(near.flowRun),
    snapshot: async (flowRunId) => markRecorded(await snapshot(flowRunId)),
    tree: overJson(near.tree),
    outcomes: overJson(near.outcomes),
    endCalls: inOrder(near.endCalls),
    park: inOrder(near.park),
    abandon: inOrder(near.abandon),
    handOver: inOrder(near.handOver),
    signals: { isUntaken: overJson(signals.isUntaken), take: inOrder(signals.take), find: overJson(signals.find) },
    slots: { acquire: inOrder(slots.acquire), release: inOrder(slots.release) },
    cache: {
      get: overJson(cache.get),
      claim: inOrder(cache.claim),
      put: inOrder(cache.put),
      remove: inOrder(cache.remove),
    },
    values: {
      textMax: values.textMax,
      offload: overJson(values.offload.bind(values)),
      fetch: overJson(values.fetch.bind(values)),
    },
    watch: (listener) => near.watch((notification) => listener(notification)),
  };
}
