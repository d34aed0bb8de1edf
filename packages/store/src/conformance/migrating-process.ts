/** A process that kills itself at the n-th reading of its clock while it opens a database: in the middle of migrations. */
import { argv, kill, pid } from 'node:process';
import { machineHost, openStore } from '../index.ts';

const [, , url = '', count = '0'] = argv;
let readings = 0;
const now = (): number => {
  readings += 1;
  if (readings === Number(count)) kill(pid, 'SIGKILL');
  return Date.now();
};
const store = await openStore({ url, host: { clock: { now, setTimer: machineHost.clock.setTimer } } });
await store.close();
