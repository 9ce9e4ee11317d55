/** Floor 7. A worker that decodes one Parquet file: who started it ends it. */
import { type ParquetContent, parquetHere } from 'poolgrad/browser';

/** What it answers to the bytes of a file. */
export type Decoded = { readonly content: ParquetContent } | { readonly failed: string };

self.onmessage = async ({ data }: MessageEvent<Uint8Array>) => {
  const decoded: Decoded = await parquetHere(data).then(
    (content) => ({ content }),
    (error: Error) => ({ failed: error.message }),
  );
  self.postMessage(decoded);
};
