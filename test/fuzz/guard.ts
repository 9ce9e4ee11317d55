/** A thread beside the one that works: ends the process where a case takes too much, and says so in a file. */
import { writeFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

export interface Limits {
  /** Seconds of processor time, of all threads. */
  readonly seconds: number;
  /** Bytes of memory of the process. */
  readonly bytes: number;
}

interface Watch extends Limits {
  /** The number of the case at work; 0 between cases. */
  readonly at: Int32Array;
  /** Where the reason goes. */
  readonly reason: string;
}

const { seconds, bytes, at, reason } = workerData as Watch;

const used = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

let watched = 0;
let from = 0;
setInterval(() => {
  const now = Atomics.load(at, 0);
  if (now !== watched) [watched, from] = [now, used()];
  if (now === 0) return;
  const resident = process.memoryUsage.rss();
  if (used() - from > seconds) stop(`more than ${seconds} s of processor time`);
  if (resident > bytes) stop(`${Math.round(resident / 1e6)} MB of memory`);
}, 100);

function stop(why: string): void {
  writeFileSync(reason, why);
  process.kill(process.pid, 'SIGKILL');
}
