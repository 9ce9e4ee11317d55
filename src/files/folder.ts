/**
 * Below all floors. Folders with all above them. Not by the recursive `mkdir` of Node, which never ends where a folder that is
 * there takes none and says ENOENT, as `/proc` does.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Makes what is missing of a path of folders, from the top. Throws the error of the file system at the first that fails. */
export function makeFolder(path: string, mode = 0o777): void {
  const missing: string[] = [];
  let above = resolve(path);
  for (; statSync(above, { throwIfNoEntry: false }) === undefined && above !== dirname(above); above = dirname(above)) {
    missing.push(above);
  }
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      // another process may have made it meanwhile
      if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
    }
  }
}
