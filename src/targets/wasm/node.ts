/** Floor 1, wasm target. In Node.js: worker threads over shared memory, modules compiled by V8's optimising compiler at once. */
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Host } from './host.js';
import { WORK_TEXT } from './worker.js';

/** The whole of a worker. */
const WORKER = `'use strict';
const { parentPort, workerData } = require('node:worker_threads');
parentPort.on('message', ${WORK_TEXT}.answer(workerData));
`;

/** Flags of V8 that are other than its defaults while a module is made. */
const FLAGS = [
  // it would first compile without optimisation, and swap in optimised code at a later call, never inside a running loop:
  // a group's whole roll-out would run at less than half speed the first time
  'liftoff',
  'wasm-lazy-compilation',
  // Node.js 20 gives up on registers in large functions, which then take up to three times as long; later ones do not
  ...(process.versions.v8.startsWith('11.3') ? ['turbo-use-mid-tier-regalloc-for-huge-functions'] : []),
];

export const node: Host = {
  cores: availableParallelism,
  shares: true,
  /** Workers sleep in their event loop between jobs and do not keep the process alive. */
  start(memory, failed) {
    try {
      const worker = new Worker(WORKER, { eval: true, workerData: memory, execArgv: [] });
      worker.unref();
      worker.on('error', () => failed(worker));
      return worker;
    } catch {
      return null;
    }
  },
  /** The flags are those of the process, so they are put back when the module is made. */
  compile(bytes) {
    for (const flag of FLAGS) setFlagsFromString(`--no-${flag}`);
    try {
      return new WebAssembly.Module(bytes);
    } finally {
      for (const flag of FLAGS) setFlagsFromString(`--${flag}`);
    }
  },
};
