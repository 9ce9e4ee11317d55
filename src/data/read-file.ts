/** Floor 4. Why a file cannot be read, in words that a person can act on. */
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
