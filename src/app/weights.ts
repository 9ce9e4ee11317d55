/** Floor 5½. `weights`: what a live pool of a checkpoint does next, given the latest prices. */
import type { Dataset } from '../data/dataset.js';
import { DAY, formatDuration, formatTime, parseTimeText } from '../data/time.js';
import { UserError } from '../errors.js';
import { claimOutput, type Output } from '../files/output.js';
import { type NextLeg, nextLeg } from '../live/next-leg.js';
import { type RulePath, rulePath } from '../live/rule-path.js';
import type { Prices } from '../rollout/recorded.js';
import type { Checkpoint } from '../train/checkpoint.js';
import { inputsOf, withNotes } from './files.js';
import type { JobOutput, WeightsOptions } from './options.js';
import { type PoolSession, poolSession } from './prepared.js';
import { ageNote, agesJson, type PriceAge, pricesAt } from './price-age.js';
import { openCheckpoint, type Source } from './source.js';
import { columnsOf, writeTable } from './table.js';

/** Weights that were typed in may miss a sum of 1 by this much. */
const SUM_TOLERANCE = 1e-6;

/** After twice its memory m an average has kept 7e-4 of its start: m is some 3.6 time constants of it. */
const MEMORIES_TO_FORGET = 2;

export async function runWeights(options: WeightsOptions): Promise<JobOutput> {
  const { session: opened, raw, ...said } = await openCheckpoint(options.checkpoint, { ...options, change: onAnyRows });
  const session = poolSession(opened, 'weights');
  try {
    const { spec, dataset, target } = session;
    const inputs = [options.checkpoint, ...inputsOf(session)];
    const path =
      options.path === undefined
        ? null
        : await claimOutput({ path: options.path, kind: 'table', flag: '--path', inputs });
    const data = until(dataset, options.at);
    const live = { spec, data, target, raw };
    const weights = options.weights === undefined ? undefined : parseWeights(options.weights, spec.assets);
    const ages = pricesAt(dataset, data.rows - 1);
    const { warnings } = said;
    const notes = [...said.notes, ...ages.flatMap(ageNote)];
    const output = shown(session, nextLeg({ ...live, weights }), weights !== undefined, { warnings, notes, ages });
    return path === null ? output : withPath(output, session, path, rulePath(live));
  } finally {
    session.rollout.dispose();
  }
}

/** The checkpoint's models on the latest prices, which need not be enough to train on. */
const onAnyRows = (config: Checkpoint['config'], dataset: Dataset | null): object => {
  const { train, ...models } = config;
  // what is no pool is refused as that
  if (models.pool === undefined || dataset === null) return config;
  return {
    ...models,
    objective: { kind: 'returns' },
    split: { train: 1, validation: 0, test: 0, burnInDays: 0 },
    train: { ...(train as object), windowDays: (3 * dataset.interval) / DAY },
  };
};

/** The rows up to a time. */
function until(data: Dataset, at: string | undefined): Prices {
  if (at === undefined) return data;
  const time = parseTimeText(at);
  const last = data.start + (data.rows - 1) * data.interval;
  if (Number.isNaN(time)) {
    throw new UserError(`--at: expected a time in UTC such as ${formatTime(last)}, got '${at}'`, 2);
  }
  if (time < data.start || time > last) {
    throw new UserError(
      `--at: expected a time within the data, ${formatTime(data.start)} to ${formatTime(last)}, got ${formatTime(time)}; give other data, or leave --at out to take all`,
      2,
    );
  }
  const rows = Math.floor((time - data.start) / data.interval) + 1;
  const series = Object.fromEntries(Object.entries(data.series).map(([name, x]) => [name, x.subarray(0, rows)]));
  return { ...data, rows, prices: data.prices.subarray(0, rows * data.assets.length), volume: null, series };
}

/** Writes the rule steps to a file, and says so. */
async function withPath(
  output: JobOutput,
  { dataset, spec }: PoolSession,
  file: Output,
  path: RulePath,
): Promise<JobOutput> {
  const named = (prefix: string) => spec.assets.map((asset) => `${prefix}_${asset}`);
  const estimates = path.leaves.map(({ name, asset }) => (asset === null ? name : `${name}_${asset}`));
  const table = {
    ...columnsOf(path.before, named('weight')),
    ...columnsOf(path.target, named('target')),
    ...columnsOf(path.outputs, named('output')),
    ...columnsOf(path.estimates, estimates),
  };
  const columns = await writeTable(file, dataset, path.rows, table);
  const rows = path.rows.length;
  const text = `${output.text}\n${file.path}: ${rows} rule steps; columns ${columns.join(', ')}`;
  return withNotes({ text, json: { ...output.json, path: { out: file.path, rows, columns } } }, file.notes);
}

function parseWeights(text: string, assets: readonly string[]): number[] {
  // halves and quarters and so on: they sum to 1 as they are printed
  const small = 2 ** -Math.ceil(Math.log2(assets.length) + 1);
  const example = assets.map((_, i) => (i === 0 ? 1 - small * (assets.length - 1) : small));
  const wrong = (got: string) =>
    new UserError(
      `--weights: expected ${assets.length} weights above 0 that sum to 1, of ${assets.join(', ')}, got ${got}; for example --weights ${example.join(',')}`,
      2,
    );
  const words = text.split(',').map((word) => word.trim());
  const weights = words.map((word) => (word === '' ? Number.NaN : Number(word)));
  if (weights.length !== assets.length) throw wrong(`${weights.length}: '${text}'`);
  const bad = weights.findIndex((w) => !(w > 0 && w < Number.POSITIVE_INFINITY));
  if (bad >= 0) throw wrong(`'${words[bad]}' for ${assets[bad]}`);
  const sum = weights.reduce((a, w) => a + w, 0);
  if (Math.abs(sum - 1) > SUM_TOLERANCE) throw wrong(`a sum of ${Number(sum.toPrecision(9))}`);
  return weights;
}

function shown(
  { spec, dataset, target }: PoolSession,
  leg: NextLeg,
  given: boolean,
  told: Pick<Source, 'warnings' | 'notes'> & { readonly ages: readonly PriceAge[] },
): JobOutput {
  const time = (row: number) => dataset.start + row * dataset.interval;
  const at = (row: number) => new Date(time(row)).toISOString();
  const named = (values: readonly number[]) => Object.fromEntries(spec.assets.map((asset, i) => [asset, values[i]]));
  const rule = spec.rule?.name ?? '';
  const notes = [...told.notes, ...notesOf(leg)];
  const origin = given
    ? 'as given by --weights'
    : `of a pool that has followed the rule since the first row, ${formatTime(dataset.start)}; give the live pool's by --weights`;
  const period = formatDuration(leg.period * dataset.interval);
  const text = [
    `${spec.pool.name} + ${rule}: rule step ${leg.steps} at ${formatTime(time(leg.row))}, one every ${period}; the next is due at ${formatTime(time(leg.row + leg.period))}`,
    table(spec.assets, leg),
    `current weights: at that step, ${origin}`,
    `target weights: within the guards, reached at ${formatTime(time(leg.row + leg.moving))}`,
    `guards that bind: ${leg.guards.length === 0 ? 'none' : leg.guards.join(', ')}`,
    ...[...told.warnings, ...notes].map((note) => `note: ${note}`),
  ].join('\n');
  const json = {
    pool: spec.pool.name,
    rule,
    assets: spec.assets,
    dataset: dataset.hash,
    device: target.name,
    ruleStep: { number: leg.steps, row: leg.row, time: at(leg.row) },
    nextRuleStep: at(leg.row + leg.period),
    targetReached: at(leg.row + leg.moving),
    weightsFrom: given ? 'given' : 'followed since the first row',
    current: named(leg.current),
    target: named(leg.target),
    changePerMinute: named(leg.changePerMinute),
    guards: leg.guards,
    memoryDays: leg.memoryDays,
    seenDays: leg.seenDays,
    lastPrices: agesJson(told.ages),
    warnings: told.warnings,
    notes,
  };
  return { text, json };
}

function table(assets: readonly string[], { current, target, changePerMinute }: NextLeg): string {
  const width = Math.max(...assets.map((asset) => asset.length));
  const line = (...[name, ...cells]: string[]) =>
    `  ${name.padEnd(width)} ${cells.map((cell) => cell.padStart(16)).join('')}`;
  const signed = (x: number) => `${x < 0 ? '' : '+'}${x.toExponential(6)}`;
  return [
    line('', 'current', 'target', 'change a minute'),
    ...assets.map((name, i) => line(name, current[i].toFixed(10), target[i].toFixed(10), signed(changePerMinute[i]))),
  ].join('\n');
}

function notesOf({ memoryDays, seenDays }: NextLeg): string[] {
  if (memoryDays === null || seenDays >= MEMORIES_TO_FORGET * memoryDays) return [];
  const days = (x: number) => Number(x.toPrecision(3));
  return [
    `the estimator has seen ${days(seenDays)} days of prices, its longest memory is ${days(memoryDays)}: it still remembers how it started; give data that start earlier`,
  ];
}
