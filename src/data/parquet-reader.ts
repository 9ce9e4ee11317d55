/**
 * Floor 4. hyparquet in a thread of its own, with limits. It believes every count and length of a file, at places that
 * cannot be checked beforehand without decoding all pages: a flipped bit makes it loop for ever, or fill the memory.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { decodeParquet, type ParquetContent, parquetGivenUp, parquetSeconds } from './parquet-decode.js';

/** Megabytes that the thread may take, and what each megabyte of the file adds. */
const MEMORY = 384;
const MEMORY_PER_MEGABYTE = 50;
/** Milliseconds between looks at the memory. */
const LOOK = 20;
/**
 * Of that, what V8 lets the thread's heap have: room for what comes between two looks. Its own end of a thread is not relied
 * on: where one list grows by more than 16 MB at that moment, V8 ends the whole process.
 */
const HEAP = 4;

/** What the thread runs: the text of the decoder, so that it starts the same from the sources and from a build. */
const WORKER = `'use strict';
const { parentPort, workerData } = require('node:worker_threads');
(async () => {
  const hyparquet = await import(workerData.hyparquet);
  const { compressors } = await import(workerData.compressors);
  parentPort.postMessage({ content: await (${decodeParquet})(hyparquet, compressors, workerData.file) });
})().catch((error) => parentPort.postMessage({ failed: error.message }));
`;

/**
 * Reads all columns that are not nested. Throws Error where the file is not whole.
 *
 * @param seconds after which it is given up
 */
export async function readParquet(bytes: Uint8Array, seconds = parquetSeconds(bytes)): Promise<ParquetContent> {
  const { resolve } = createRequire(import.meta.url);
  const megabytes = Math.ceil(MEMORY + (MEMORY_PER_MEGABYTE * bytes.length) / 2 ** 20);
  // a copy: the slice of a Buffer would share its memory, which is given away
  const file = new Uint8Array(bytes).buffer;
  const worker = new Worker(WORKER, {
    eval: true,
    execArgv: [],
    workerData: {
      file,
      hyparquet: pathToFileURL(resolve('hyparquet')).href,
      compressors: pathToFileURL(resolve('hyparquet-compressors')).href,
    },
    transferList: [file],
    resourceLimits: { maxOldGenerationSizeMb: HEAP * megabytes },
  });
  const most = process.memoryUsage.rss() + megabytes * 2 ** 20;
  let [timer, watch]: NodeJS.Timeout[] = [];
  try {
    return await new Promise<ParquetContent>((done, fail) => {
      timer = setTimeout(() => fail(parquetGivenUp(seconds)), seconds * 1000);
      const tooMuch = () => fail(new Error('one that takes too much memory to read'));
      watch = setInterval(() => process.memoryUsage.rss() > most && tooMuch(), LOOK);
      worker.on('message', ({ content, failed }) => (content === undefined ? fail(new Error(failed)) : done(content)));
      worker.on('error', (error: NodeJS.ErrnoException) => {
        error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooMuch() : fail(error);
      });
      worker.on('exit', () => fail(new Error('one that ends its reader')));
    });
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    await worker.terminate();
  }
}
