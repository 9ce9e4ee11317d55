/** Floor 4. Files that a page was given: what was chosen or dropped there, or any bytes with a name. */
import { UserError } from '../errors.js';
import { decodeParquet, type ParquetContent } from './parquet-decode.js';
import { type Machine, PackingFault, type Source } from './source.js';

/**
 * @param parquet how Parquet files are decoded; left out: in the calling thread (`parquetHere`), where one that is damaged may
 * take for ever
 */
export const ofBlob = (name: string, blob: Blob, parquet: Machine['parquet'] = parquetHere): Source => ({
  path: name,
  machine: { gunzip, parquet },
  size: async () => blob.size,
  part: async (start, length) => bytesOf(name, blob.slice(start, start + length)),
  pieces: (start, end) => piecesOf(name, start === undefined ? blob : blob.slice(start, end)),
  whole: () => bytesOf(name, blob),
});

/** The same of bytes. */
export const ofBytes = (name: string, bytes: Uint8Array): Source => ofBlob(name, new Blob([new Uint8Array(bytes)]));

const unreadable = (name: string) => (error: unknown) => {
  throw new UserError(`${name}: cannot be read: ${(error as Error).message}; choose it again`);
};

const bytesOf = async (name: string, blob: Blob): Promise<Uint8Array> =>
  new Uint8Array(await blob.arrayBuffer().catch(unreadable(name)));

async function* piecesOf(name: string, blob: Blob): AsyncGenerator<Uint8Array> {
  const reader = blob.stream().getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(unreadable(name));
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

async function* gunzip(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new DecompressionStream('gzip');
  const source = { failed: null as unknown };
  const writing = feed(packed, writable).catch((error) => {
    source.failed = error;
  });
  const reader = readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    await writing;
    if (source.failed instanceof UserError) throw source.failed;
    // browsers tell the method that failed before the reason
    throw new PackingFault((error as Error).message.replace(/^Failed to execute .*?: /, ''));
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Decodes in the calling thread, without limits. Throws Error where the file is not whole. */
export async function parquetHere(bytes: Uint8Array): Promise<ParquetContent> {
  const [hyparquet, { compressors }] = await Promise.all([import('hyparquet'), import('hyparquet-compressors')]);
  return decodeParquet(hyparquet, compressors, new Uint8Array(bytes).buffer);
}

/** Writes all pieces; a failure of theirs ends what is written to with it. */
async function feed(pieces: AsyncIterable<Uint8Array>, writable: WritableStream): Promise<void> {
  const writer = writable.getWriter();
  try {
    for await (const piece of pieces) await writer.write(piece);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}
