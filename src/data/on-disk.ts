/** Floor 4. Files on a disk, read by Node.js. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { readParquet } from './parquet-reader.js';
import { readBytes, readingFailed } from './read-file.js';
import { type Machine, PackingFault, type Source } from './source.js';

const PIECE = 1 << 18;

export const onDisk = (path: string): Source => ({
  path,
  machine: node,
  size: async () => (await stat(path).catch(readingFailed(path))).size,
  part: async (start, length) => {
    const file = await open(path).catch(readingFailed(path));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start).catch(readingFailed(path));
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  },
  pieces: (start, end) => piecesOf(path, start, end),
  whole: () => readBytes(path),
});

async function* piecesOf(path: string, start?: number, end?: number): AsyncGenerator<Uint8Array> {
  // the end of a stream is the last byte of it
  const options = { highWaterMark: PIECE, start, end: end === undefined ? undefined : end - 1 };
  try {
    yield* createReadStream(path, options);
  } catch (error) {
    readingFailed(path)(error as NodeJS.ErrnoException);
  }
}

const node: Machine = {
  async *gunzip(packed) {
    const gunzip = createGunzip({ chunkSize: PIECE });
    // a failure of the source ends the result with it; a reader that stops early ends the source
    pipeline(Readable.from(packed), gunzip, () => {});
    try {
      yield* gunzip;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw code?.startsWith('Z_') ? new PackingFault(message) : error;
    }
  },
  parquet: (bytes) => readParquet(bytes),
};
