/** Floor 5½. Writing results: folders as needed, the old file or the whole new one. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { UserError } from '../errors.js';

/** Throws a UserError where the file cannot be written. */
export async function writeResult(path: string, content: string | Buffer): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, content);
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    throw new UserError(`output: '${path}' cannot be written: ${reason}; name another file by --out`);
  }
}
