/** Below all floors. Further names beside a file: of what is kept, of what two would write to. */
import { constants } from 'node:fs';
import { copyFile, link } from 'node:fs/promises';
import { extname } from 'node:path';

/** a.json → a-2.json; with a word a.word-2.json; the first has no number. */
export function numbered(path: string, n: number, word = ''): string {
  const extension = extname(path);
  const stem = path.slice(0, path.length - extension.length);
  return `${stem}${word === '' ? '' : `.${word}`}${n === 1 ? '' : `-${n}`}${extension}`;
}

/** Gives the file a second name, x.previous.json or the first of its numbers that is free; returns that name. */
export async function putAside(path: string): Promise<string> {
  for (let n = 1; ; n++) {
    const aside = numbered(path, n, 'previous');
    if (await isNamed(path, aside)) return aside;
  }
}

/** By a hard link, which takes no room; by a copy where the file system has none. False where the name is taken. */
async function isNamed(path: string, aside: string): Promise<boolean> {
  const taken = (error: NodeJS.ErrnoException) => error.code === 'EEXIST';
  try {
    await link(path, aside).catch((error) => {
      if (taken(error)) throw error;
      return copyFile(path, aside, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if (taken(error as NodeJS.ErrnoException)) return false;
    throw error;
  }
}
