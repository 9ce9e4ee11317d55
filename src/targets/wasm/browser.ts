/**
 * Floor 1, wasm target. In a browser: threads where the page is cross-origin isolated and the caller is a worker, which may
 * wait for others; else one.
 */
import { createWasm } from './create.js';
import type { Host } from './host.js';
import { WORK_TEXT } from './worker.js';

/** The part of a browser's worker that is used. */
interface WebWorker {
  postMessage(message: unknown): void;
  onerror: ((event: unknown) => void) | null;
}

/** What browsers have and Node.js's types do not say. */
interface Global {
  readonly crossOriginIsolated?: boolean;
  readonly document?: unknown;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly Worker?: new (url: string) => WebWorker;
}

const here = globalThis as Global;

/** A page's main thread may not wait, and memory is shared only in isolation. */
const shares = here.crossOriginIsolated === true && here.document === undefined && here.Worker !== undefined;

/** The whole of a worker: the memory comes first, tasks after it. */
const WORKER = `'use strict';
const { answer } = ${WORK_TEXT};
onmessage = ({ data: memory }) => {
  const task = answer(memory);
  onmessage = ({ data }) => task(data);
};
`;

const host: Host = {
  cores: () => (shares ? (here.navigator?.hardwareConcurrency ?? 1) : 1),
  shares,
  start(memory, failed) {
    if (here.Worker === undefined) return null;
    const url = URL.createObjectURL(new Blob([WORKER], { type: 'text/javascript' }));
    try {
      const worker = new here.Worker(url);
      // of a page whose policy refuses it, as a rule
      worker.onerror = () => failed(worker);
      worker.postMessage(memory);
      return worker;
    } catch {
      return null;
    }
  },
  compile: (bytes) => new WebAssembly.Module(bytes),
};

/** How many threads may work at once here. */
export const { cores } = host;

export const wasm = createWasm(host);
