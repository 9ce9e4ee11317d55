/** Below all floors. What a file holds, as its first bytes tell: so that no output replaces a file of another kind. */
import { open, readFile } from 'node:fs/promises';

/** What commands write. */
export type Kind = 'checkpoint' | 'dataset' | 'table' | 'report' | 'export' | 'config';

/** Enough for the schema of an Arrow file, and for the head of every other. */
const HEAD = 65_536;

/** Words for people; null for a file without a byte, which nothing is lost with. */
export type Content = Kind | 'something else' | null;

/** What a regular file holds. Throws an error of the file system where it cannot be read. */
export async function contentOf(path: string): Promise<Content> {
  const head = await headOf(path);
  if (head === '') return null;
  if (head.startsWith('{"format":"poolgrad-checkpoint"')) return 'checkpoint';
  if (head.startsWith('ARROW1')) return arrowContent(head);
  if (/^timestamp,(value,fees|weight_)/.test(head)) return 'table';
  if (/"format\\*": ?\\*"poolgrad\//.test(head)) return 'export';
  // its own marks may be anywhere in it
  if (/^<!doctype html>/i.test(head))
    return (await readFile(path, 'latin1')).includes('poolgrad') ? 'report' : 'something else';
  return /^(data|pool|rule|flow|objective|split|train|run)[ \t]*:/m.test(head) ? 'config' : 'something else';
}

/** A dataset has its hash in its metadata; a path of a pool or a rule has columns of these names. */
function arrowContent(head: string): Content {
  if (head.includes('poolgrad.hash')) return 'dataset';
  const isPath = head.includes('timestamp') && ['value', 'weight_'].some((name) => head.includes(name));
  return isPath ? 'table' : 'something else';
}

async function headOf(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
