/** Below all floors. What a file holds, as its first bytes tell: so that no output replaces a file of another kind. */
import { open, readFile } from 'node:fs/promises';

/** What commands write. */
export type Kind = 'checkpoint' | 'dataset' | 'table' | 'report' | 'export' | 'config' | 'fitted model';

/** What a file holds; null for one without a byte, which nothing is lost with. */
export type Content = Kind | 'text' | 'something else' | null;

/** How much is read at either end: enough for the schema of an Arrow file, which is at its end, and for any other's head. */
const EDGE = 65_536;

/** What a regular file holds, as far as its ends tell. Throws an error of the file system where it cannot be read. */
export async function contentOf(path: string): Promise<Content> {
  const { head, tail } = await edgesOf(path);
  if (head === '') return null;
  if (head.startsWith('ARROW1')) return arrowContent(head + tail);
  if (head.startsWith('{"format":"poolgrad-checkpoint"')) return 'checkpoint';
  if (/^(timestamp,(value,fees|weight_|regime,|step,)|step,seconds,)/.test(head)) return 'table';
  if (head.startsWith('# fitted by poolgrad')) return 'fitted model';
  if (/"format\\*": ?\\*"poolgrad\//.test(head)) return 'export';
  // the program's name may stand anywhere in a report
  if (/^<!doctype html>/i.test(head) && (await readFile(path, 'latin1')).includes('poolgrad')) return 'report';
  if (/^(data|pool|system|rule|flow|objective|split|train|run)[ \t]*:/m.test(head)) return 'config';
  return (head + tail).includes('\0') ? 'something else' : 'text';
}

/** A dataset has its hash in its metadata; the path of a pool, of a system, of a rule or of regimes has columns of these names. */
function arrowContent(edges: string): Content {
  if (edges.includes('poolgrad.hash')) return 'dataset';
  const has = (name: string) => edges.includes(name);
  const isPath = has('timestamp') && ['fees', 'weight_', 'filtered_', 'step'].some(has);
  return isPath || (has('step') && has('seconds')) ? 'table' : 'something else';
}

async function edgesOf(path: string): Promise<{ readonly head: string; readonly tail: string }> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const read = async (from: number) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(EDGE), 0, EDGE, from);
      return buffer.toString('latin1', 0, bytesRead);
    };
    return { head: await read(0), tail: await read(Math.max(0, size - EDGE)) };
  } finally {
    await handle.close();
  }
}
