/**
 * Floor 7. Parquet files decoded in a worker of their own, which is ended when its time is over, or when nobody waits for it any
 * more: a damaged one may take for ever.
 */
import { type ParquetContent, parquetGivenUp, parquetSeconds } from 'poolgrad/browser';
import type { Decoded } from './parquet-worker.js';

/** Throws Error where the file is not whole, where it takes too long, and the signal's reason where that is aborted. */
export async function readParquet(bytes: Uint8Array, signal: AbortSignal): Promise<ParquetContent> {
  signal.throwIfAborted();
  const seconds = parquetSeconds(bytes);
  const worker = new Worker(new URL('./parquet-worker.ts', import.meta.url), { type: 'module', name: 'parquet' });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let leave = () => {};
  try {
    return await new Promise((done, fail) => {
      leave = () => fail(signal.reason);
      signal.addEventListener('abort', leave);
      timer = setTimeout(() => fail(parquetGivenUp(seconds)), seconds * 1000);
      worker.onmessage = ({ data }: MessageEvent<Decoded>) =>
        'content' in data ? done(data.content) : fail(new Error(data.failed));
      worker.onerror = (event) => {
        event.preventDefault();
        fail(new Error('one that ends its reader'));
      };
      worker.postMessage(bytes);
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
    worker.terminate();
  }
}
