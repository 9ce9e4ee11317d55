/** A process that runs cases one after another for the driver, under limits. Arguments: folder of seeds, file for a reason. */
import { Worker } from 'node:worker_threads';
import { Workplace } from './command.js';
import type { Limits } from './guard.js';
import type { Case } from './kinds.js';

const [folder, reason] = process.argv.slice(2);
const limits: Limits = { seconds: 20, bytes: 1e9 };

const at = new Int32Array(new SharedArrayBuffer(4));
new Worker(new URL('./guard.js', import.meta.url), { workerData: { ...limits, at, reason } }).unref();
const place = new Workplace(folder);
let cases = 0;

process.on('message', async (c: Case) => {
  Atomics.store(at, 0, ++cases);
  const wrong = await place.run(c);
  Atomics.store(at, 0, 0);
  process.send?.({ wrong });
});
process.send?.('ready');
