/** Floor 5½. Writing results: folders as needed, the old file or the whole new one. */
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { UserError } from '../errors.js';

const unwritable = (path: string, reason: string, flag: string) =>
  new UserError(`output: '${path}' cannot be written: ${reason}; name another file by ${flag}`);

const firstLine = (error: unknown): string => (error as Error).message.split('\n')[0];

/**
 * Makes the folder of a file to be. Throws a UserError where the file could not be written, before any work for it.
 *
 * @param flag what named the file, for the error
 */
export async function prepareOutput(path: string, flag = '--out'): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw unwritable(path, firstLine(error), flag);
  }
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory() === true) throw unwritable(path, 'it is a folder', flag);
}

/** Throws a UserError where the file cannot be written. */
export async function writeResult(path: string, content: string | Buffer, flag = '--out'): Promise<void> {
  await prepareOutput(path, flag);
  try {
    await writeFileAtomic(path, content);
  } catch (error) {
    throw unwritable(path, firstLine(error), flag);
  }
}
