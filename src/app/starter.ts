/** Floor 5½. A config to start from, made of a shipped one, that train takes with the data that it names. */
import { basename } from 'node:path';
import { registry } from '../../kernels/index.js';
import { ConfigError, parseYaml, resolveOn } from '../config/index.js';
import { type Dataset, selectAssets } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { rowsPerDay } from '../rollout/clock.js';

export interface Starter {
  readonly text: string;
  /** What is otherwise than in the shipped config. */
  readonly notes: readonly string[];
}

/** Days of windows that are tried where the data are too short for those of the shipped config. */
const WINDOWS = [20, 14, 10, 7, 5, 3, 2, 1];

/**
 * Fits the text of a config to a dataset: the assets that were chosen are named, windows and burn-in are shortened where the
 * data do not hold them. Throws UserError, with what train would say, where the config cannot be trained on the data.
 *
 * @param data the dataset's path, for errors
 */
export function fitStarter(text: string, dataset: Dataset, data: string, assets?: readonly string[]): Starter {
  const chosen = assets === undefined ? text : withAssets(text, assets);
  const refusal = refusalOf(chosen, dataset);
  if (refusal === null) return { text: chosen, notes: [] };
  // all that is not about the config is about the length of the data
  if (!(refusal instanceof ConfigError)) {
    for (const days of WINDOWS) {
      const burnIn = Math.min(10, days);
      const shorter = withDays(chosen, days, burnIn);
      if (refusalOf(shorter, dataset) !== null) continue;
      const length = Number((dataset.rows / rowsPerDay(dataset)).toPrecision(3));
      const note = `windowDays is ${days} and burnInDays ${burnIn}, less than in the shipped config, as the dataset has ${length} days`;
      return { text: shorter, notes: [note] };
    }
  }
  const two = dataset.assets.slice(0, 2);
  const isTwo = assets === undefined && dataset.assets.length > 2 && refusalOf(withAssets(text, two), dataset) === null;
  const choose = isTwo ? ` (init does so: --assets ${two.join(',')})` : '';
  throw new UserError(`init: train would refuse ${basename(data)}: ${refusal.message}${choose}`);
}

/** What train would say of the config; null where it takes it. */
function refusalOf(text: string, dataset: Dataset): UserError | null {
  try {
    resolveOn(dataset, parseYaml(text), registry);
    return null;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

function withAssets(text: string, assets: readonly string[]): string {
  const names = assets.map((name) => (/^[A-Za-z]\w*$/.test(name) ? name : JSON.stringify(name)));
  return text.replace(/^( *)file: .*\n/m, (line, indent: string) => `${line}${indent}assets: [${names.join(', ')}]\n`);
}

function withDays(text: string, windowDays: number, burnInDays: number): string {
  const shorter = text.replace(/windowDays: [\d.]+/, `windowDays: ${windowDays}`);
  if (/burnInDays: [\d.]+/.test(shorter)) return shorter.replace(/burnInDays: [\d.]+/, `burnInDays: ${burnInDays}`);
  return shorter.replace(/^train:/m, `split: { burnInDays: ${burnInDays} }\n\ntrain:`);
}

/** Names from a flag, checked against the dataset. */
export function chosenAssets(flag: string, dataset: Dataset): string[] {
  const names = flag.split(',').map((name) => name.trim());
  selectAssets(dataset, names);
  return names;
}
