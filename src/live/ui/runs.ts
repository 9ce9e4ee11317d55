/** Floor 5. Trainings that run, told from their journals: each time what is new since the last. */
import type { FileHandle } from 'node:fs/promises';
import { posix } from 'node:path';
import { hasEnded } from '../../files/temporary.js';
import { headOf, type JournalHead, type JournalLine, lineOf } from '../../train/journal-lines.js';
import type { Folder } from './folder.js';
import type { RunNews, RunState } from './wire.js';

/** How far a journal has been read. */
interface Place {
  /** Its first line, which names the process and when it began: a new file may have the number of the one before it. */
  readonly first: Buffer;
  /** Bytes, up to the end of a line. */
  readonly offset: number;
  readonly head: JournalHead;
  readonly checkpoint: string;
  readonly state: RunState;
}

/** A reader of all journals of a folder: one for each who watches. */
export class RunReader {
  private readonly places = new Map<string, Place>();

  constructor(private readonly folder: Folder) {}

  /** News of the journals at these paths; and those that are gone since. */
  async news(
    paths: readonly string[],
  ): Promise<{ readonly runs: readonly RunNews[]; readonly gone: readonly string[] }> {
    const runs: RunNews[] = [];
    const there = new Set<string>();
    for (const path of paths) {
      const found = await this.read(path);
      if (found === null) continue;
      there.add(path);
      if (found !== 'nothing new') runs.push(found);
    }
    const gone = [...this.places.keys()].filter((path) => !there.has(path));
    for (const path of gone) this.places.delete(path);
    return { runs, gone };
  }

  /** null where there is no journal. */
  private async read(path: string): Promise<RunNews | 'nothing new' | null> {
    const opened = await this.folder.openFile(path);
    if (opened === null) return null;
    const { handle } = opened;
    try {
      const { size, mtimeMs } = await handle.stat();
      const known = this.places.get(path);
      // a file that was made anew, or cut, is read from its beginning
      const isSame = known !== undefined && known.offset <= size && (await beginsWith(handle, known.first));
      const before = isSame ? known : null;
      const from = before?.offset ?? 0;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
      const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
      const text = buffer.toString('utf8', 0, end);
      const head = before?.head ?? headOf(text);
      if (head === null) return null;
      const lines = text
        .split('\n')
        .slice(before === null ? 1 : 0)
        .map(lineOf)
        .filter((line) => line !== null) as JournalLine[];
      const saved = lines.findLast((line) => line.kind === 'saved');
      const name = saved?.checkpoint ?? head.checkpoint;
      const checkpoint =
        saved === undefined && before !== null ? before.checkpoint : posix.join(posix.dirname(path), name);
      const state = before?.state === 'failed' || lines.at(-1)?.kind === 'failed' ? 'failed' : stateOf(head);
      const first = before?.first ?? Buffer.from(buffer.subarray(0, buffer.indexOf('\n') + 1));
      this.places.set(path, { first, offset: from + end, head, checkpoint, state });
      if (before !== null && lines.length === 0 && before.state === state) return 'nothing new';
      return { path, checkpoint, head, state, isWhole: before === null, lines, modified: mtimeMs };
    } finally {
      await handle.close();
    }
  }
}

async function beginsWith(handle: FileHandle, line: Buffer): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(line.length), 0, line.length, 0);
  return bytesRead === line.length && buffer.equals(line);
}

function stateOf({ process }: JournalHead): RunState {
  const ended = hasEnded(process);
  return ended === null ? 'elsewhere' : ended ? 'killed' : 'running';
}
