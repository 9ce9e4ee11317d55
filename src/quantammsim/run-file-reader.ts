/** Floor 5. Result files of the Python simulator, by their paths. */
import { readFile } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { decodeRunFile, type RunFile } from './run-file.js';

/** A list, encoded once or twice; a checkpoint is an object. False for what cannot be read: others say why. */
export async function isRunFile(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^\s*["[]/.test(text);
}

/** Throws a UserError for a file that is missing or no result file. */
export async function readRunFile(path: string): Promise<RunFile> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`run file: '${path}' cannot be read: ${error.message.split('\n')[0]}; check the path`);
  });
  return decodeRunFile(text, path);
}
