/**
 * Floor 5. Result files of the Python simulator quantammsim: a JSON string that holds a JSON list [run_fingerprint, …
 * entries], encoded twice; an entry is what one step of its training left. The name is run_<sha256 of the fingerprint with
 * sorted keys>.json.
 */
import { UserError } from '../errors.js';
import { sha256 } from '../hash.js';
import { parsePythonJson, pythonJson } from './python-json.js';

export type Fields = Readonly<Record<string, unknown>>;

export interface RunFile {
  readonly path: string;
  readonly fingerprint: Fields;
  /** From the second place of the list on; at least one. */
  readonly entries: readonly Fields[];
}

const REMEDY = 'give a run_….json as quantammsim writes it';

/** The content of a text; `path` is for messages. */
export function decodeRunFile(text: string, path: string): RunFile {
  const outer = parsed(text, path, 'JSON');
  const list = typeof outer === 'string' ? parsed(outer, path, 'JSON within its string') : outer;
  if (!Array.isArray(list)) {
    const got = typeof list === 'string' ? 'a string (encoded more than twice)' : `${kindOf(list)}`;
    throw new UserError(`run file: '${path}': a list [run_fingerprint, …entries] was expected, got ${got}; ${REMEDY}`);
  }
  const bad = list.findIndex((part) => kindOf(part) !== 'an object');
  if (bad >= 0) {
    throw new UserError(
      `run file: '${path}': objects were expected in the list, got ${kindOf(list[bad])} at place ${bad}; ${REMEDY}`,
    );
  }
  const [fingerprint, ...entries] = list as Fields[];
  if (entries.length === 0) {
    throw new UserError(
      `run file: '${path}': a run_fingerprint and at least one entry were expected, got a list of ${list.length}; let the simulator save a step of training`,
    );
  }
  return { path, fingerprint, entries };
}

function parsed(text: string, path: string, what: string): unknown {
  try {
    return parsePythonJson(text);
  } catch (error) {
    const why = (error as Error).message.split('\n')[0];
    throw new UserError(`run file: '${path}': ${what} was expected, got an error: ${why}; ${REMEDY}`);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** The text of a result file, encoded twice. */
export const encodeRunFile = (fingerprint: Fields, entries: readonly Fields[]): string =>
  JSON.stringify(pythonJson([fingerprint, ...entries]));

/** run_<sha256 of the fingerprint>.json, as the simulator looks for it. */
export const runFileName = (fingerprint: Fields): string => `run_${sha256(pythonJson(fingerprint))}.json`;
