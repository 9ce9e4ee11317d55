/** Below all floors, beside the errors. Why a file cannot be written, in words. */
import { UserError } from '../errors.js';

/** What is written and what named it, for errors. */
export interface Named {
  /** The first word of an error: `output`, `checkpoint`. */
  readonly what?: string;
  /** The flag that names another file. */
  readonly flag?: string;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it is larger than the limit of file sizes (ulimit -f)',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  ENOENT: 'its folder does not exist, or takes no files',
  ENOTDIR: 'a part of its path is no folder',
  // mkdir says so of a part of the path
  EEXIST: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EBUSY: 'it is busy, or a mount of its own',
  EIO: 'the device fails (EIO)',
  EPIPE: 'its reader has gone',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

/** Where making room is a way out beside another name. */
const FULL = ['ENOSPC', 'EDQUOT'];

/** A reason in words. */
export class Unwritable extends Error {}

/** The UserError of an output that cannot be written, for a reason or an error of the file system; others as they are. */
export function cannotWrite(path: string, cause: unknown, { what = 'output', flag }: Named = {}): unknown {
  const { code, syscall, message } = cause as NodeJS.ErrnoException;
  if (!(cause instanceof Unwritable) && (code === undefined || syscall === undefined)) return cause;
  const reason = REASONS[code ?? ''] ?? message.split('\n')[0];
  const remedy = `name another file${flag === undefined ? '' : ` by ${flag}`}`;
  const free = FULL.includes(code ?? '') ? 'free some of it, or ' : '';
  return new UserError(`${what}: '${path}' cannot be written: ${reason}; ${free}${remedy}`);
}
