/** Floor 4. Reading whole input files, with causes that a person can act on. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { UserError } from '../errors.js';

/** A `catch` handler that turns a file-system error on `path` into a UserError. */
export function readingFailed(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const causes: Record<string, string> = {
      ENOENT: 'no such file; check the path',
      EISDIR: 'is a folder; name a file in it',
      EACCES: 'may not be read; check its permissions',
    };
    throw new UserError(`${path}: ${causes[error.code ?? ''] ?? error.message}`);
  };
}

/** The bytes of a text file, unpacked where they are gzip (told by the first bytes, not by the name). */
export async function readTextBytes(path: string): Promise<Buffer> {
  const bytes = await readFile(path).catch(readingFailed(path));
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    throw new UserError(`${basename(path)}: zip archives are not read; unpack it first (unzip ${basename(path)})`);
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    const reason = (error as Error).message;
    throw new UserError(`${basename(path)}: expected whole gzip data, got '${reason}'; download the file again`);
  }
}
