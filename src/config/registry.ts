/** Floor 4. What the config needs to know of the models: the registry by name. */
import { nearestName } from '../data/names.js';
import { oneOf } from './explain.js';

export type { Registry } from '../../kernels/index.js';

/** The rule of a pool whose weights follow one, where the config names none. */
export const DEFAULT_RULE = 'momentum';
/** The objective where the config names none. */
export const DEFAULT_OBJECTIVE = 'daily_log_sharpe';

/** A `kind` that is a file with a model in it, not a name. */
export const MODEL_PATH = /[/\\]|\.[cm]?[jt]s$/;
export const isModelPath = (kind: string): boolean => MODEL_PATH.test(kind);

/** The entry of that name, never one of Object's own such as `constructor`. */
export const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** What a `kind` that names no model should have been: a name, or a path such as `file`; the nearest. */
export function missedName(
  kind: unknown,
  models: Readonly<Record<string, unknown>>,
  file: string,
): { readonly expected: string; readonly hint: string } {
  const names = Object.keys(models).filter((name) => !isModelPath(name));
  const near = typeof kind === 'string' ? nearestName(kind, names) : undefined;
  return {
    expected: `expected ${oneOf([...names, `the path of a model such as ${file}`])}`,
    hint: near === undefined ? `for example kind: ${names[0]}` : `did you mean '${near}'?`,
  };
}
