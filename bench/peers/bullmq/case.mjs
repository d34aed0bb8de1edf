/** The cases on BullMQ over Redis: jobs of one queue, parents by its flow producer, one worker with 100 places. */
import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import { measure, report } from '../../case.ts';

const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT ?? 6379), db: 7, maxRetriesPerRequest: null };
const name = 'millrace-bench';
const queue = new Queue(name, { connection });
await queue.obliterate({ force: true });
const events = new QueueEvents(name, { connection });
await events.waitUntilReady();
events.setMaxListeners(0);
const producer = new FlowProducer({ connection });
const programs = { inc: async (job) => job.data.n + 1, gather: async (job) => Object.values(await job.getChildrenValues()) };
const worker = new Worker(name, (job) => programs[job.name](job), { connection, concurrency: 100 });
worker.on('error', () => {});
await worker.waitUntilReady();
const incs = (count, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ name: 'inc', queueName: name, data: { n: from + i } }));
const gather = async (children) =>
  (await producer.add({ name: 'gather', queueName: name, data: {}, children })).job.waitUntilFinished(events);
const one = async (n) => (await queue.add('inc', { n })).waitUntilFinished(events);
report(
  await measure(process.argv[2], {
    map: (count) => gather(incs(count)),
    async steps(count) {
      let sum = 0;
      for (let index = 0; index < count; index += 1) sum = await one(sum);
      return sum;
    },
    async runs(count) {
      const jobs = await queue.addBulk(Array.from({ length: count }, (_, i) => ({ name: 'inc', data: { n: i } })));
      return Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
    },
    one: () => one(1),
    children: (count) =>
      gather(Array.from({ length: count }, () => ({ name: 'gather', queueName: name, data: {}, children: incs(5) }))),
  }),
);
