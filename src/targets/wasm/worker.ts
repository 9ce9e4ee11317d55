/**
 * Floor 1, wasm target. What a thread runs, as plain JavaScript text: a worker made of text starts the same from the
 * sources and from a build.
 */

/** The words that the threads of one job share; a failure's text follows, one UTF-16 unit a word. */
export const Control = { next: 0, done: 1, failed: 2, text: 3, words: 3 + 256 } as const;

/**
 * `(group, control, job, tape, until)`: takes chunks of groups until none is left (true), or until that time has come
 * (false). After a failure anywhere the rest is only counted. Every job has control words of its own: a thread that comes
 * late finds nothing left and touches nothing.
 */
export const WORK = `function work(group, control, job, tape, until) {
  do {
    const first = Atomics.add(control, ${Control.next}, job.chunk);
    if (first >= job.groups) return true;
    const end = Math.min(first + job.chunk, job.groups);
    try {
      if (Atomics.load(control, ${Control.failed}) === 0) {
        for (let g = first; g < end; g++) group(job.address, g, tape);
      }
    } catch (error) {
      fail(control, error);
    }
    Atomics.add(control, ${Control.done}, end - first);
    Atomics.notify(control, ${Control.done});
  } while (performance.now() < until);
  return false;
}
function fail(control, error) {
  if (Atomics.compareExchange(control, ${Control.failed}, 0, 1) !== 0) return;
  const text = String(error && error.message || error);
  for (let i = 0; i < text.length && i < ${Control.words - Control.text}; i++) {
    control[${Control.text} + i] = text.charCodeAt(i);
  }
}
`;

/** The whole of a worker. Messages: a job with its module, or the id of a module that is no longer needed. */
export const WORKER = `'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const instances = new Map();
${WORK}
parentPort.on('message', ({ id, module, control, job, tape }) => {
  if (module === undefined) {
    instances.delete(id);
    return;
  }
  try {
    let instance = instances.get(id);
    if (instance === undefined) {
      instance = new WebAssembly.Instance(module, { env: { memory: workerData } });
      instances.set(id, instance);
    }
    work(instance.exports.group, control, job, tape, Infinity);
  } catch (error) {
    fail(control, error);
  }
});
`;
