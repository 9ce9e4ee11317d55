/** Floor 4. Whole files as bytes; and why a file cannot be read, in words that a person can act on. */
import { readFile, stat } from 'node:fs/promises';
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

/** The bytes of a file. A device is refused: it may have no end. Throws UserError where it cannot be read. */
export async function readBytes(path: string): Promise<Buffer> {
  const found = await stat(path).catch(readingFailed(path));
  if (found.isCharacterDevice() || found.isBlockDevice()) throw new UserError(`${path}: is a device; name a file`);
  return readFile(path).catch(readingFailed(path));
}
