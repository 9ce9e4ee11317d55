/** Floor 5. Checkpoints in files, written atomically. */
import { readFile } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { writeWhole } from '../files/write.js';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';

/** Writes a checkpoint; readers see the old file or the whole new one. Throws a UserError where it cannot be written. */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeWhole(path, encodeCheckpoint(checkpoint), { what: 'checkpoint' });
}

/** Throws a UserError where the file is missing, damaged, of a newer version or no checkpoint. */
export async function loadCheckpoint(path: string): Promise<Checkpoint> {
  try {
    return decodeCheckpoint(await readFile(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message;
    throw new UserError(`checkpoint: '${path}' cannot be read: ${reason}; give the path of a file that train wrote`);
  }
}
