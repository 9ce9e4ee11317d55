/**
 * Floor 5½. `simulate`: a path as an Arrow or CSV file — of a pool's value, reserves, weights and fees over all data, which is
 * what `evaluate` measures (see evaluate/path.ts for where a pool starts afresh), or of what any other system shows.
 */
import { formatDuration, formatTime } from '../data/time.js';
import { UserError } from '../errors.js';
import { measured } from '../evaluate/measured.js';
import { courseOf, courseText } from '../evaluate/path.js';
import { claimOutput } from '../files/output.js';
import type { Trajectory } from '../pools/rollout.js';
import { type Clock, minutesOf } from '../rollout/clock.js';
import { checkFinite } from '../rollout/inputs.js';
import { checkIdentities, keptLine } from './check-identities.js';
import { rowsBetween } from './every.js';
import { inputsOf, withNotes } from './files.js';
import { checkRecording } from './footprint.js';
import type { JobOutput, SimulateOptions } from './options.js';
import type { PoolSession } from './prepared.js';
import { recordingAt, refuseReplayFlags, simulateReplay } from './replay-maker.js';
import { simulateSystem } from './simulate-system.js';
import { openSource, type Source } from './source.js';
import { columnsOf, writeTable } from './table.js';

type Rows = Pick<Trajectory, 'rows' | 'values' | 'reserves' | 'weights' | 'fees' | 'orders'>;

/** Recorded, on this side, and as columns. */
const PATHS = 3;

export async function runSimulate(options: SimulateOptions): Promise<JobOutput> {
  const recording = await recordingAt(options.data);
  if (recording !== null) return simulateReplay(recording, options);
  refuseReplayFlags(options);
  const { session, ...source } = await openSource(options.source, options);
  return session.kind === 'pool'
    ? simulatePool({ ...source, session }, options)
    : simulateSystem({ ...source, session }, options);
}

async function simulatePool(
  { session, raw, warnings, notes }: Source & { readonly session: PoolSession },
  options: SimulateOptions,
): Promise<JobOutput> {
  if (options.scenario !== undefined) {
    session.rollout.dispose();
    throw new UserError(
      `--scenario: expected none with recorded prices, which have no scenarios, got ${options.scenario}; leave it out`,
      2,
    );
  }
  const { dataset, rollout, spec, split } = session;
  const inputs = [options.source, ...inputsOf(session)];
  const output = await claimOutput({ path: options.out, kind: 'table', flag: '--out', inputs });
  const restarts = options.through === true ? [] : courseOf(spec, split).slice(1);
  const every = rowsBetween(options.every, dataset.interval, dataset.rows - split.train[0]);
  checkRecording(session, restarts.length === 0 ? every : 1, PATHS);
  const kept = options.check === true ? checkIdentities(session, raw) : [];
  const path = restarts.length === 0 ? throughAll(session, raw, every) : afresh(session, raw, every);
  rollout.dispose();
  checkFinite(path.rows, { values: path.values, reserves: path.reserves, weights: path.weights, fees: path.fees });
  const named = (prefix: string) => spec.assets.map((asset) => `${prefix}_${asset}`);
  const reserves = path.reserves.length / path.values.length;
  const reserveNames = reserves === spec.assets.length ? named('reserve') : [...named('psi'), ...named('theta')];
  const columns = await writeTable(output, dataset, path.rows, {
    value: path.values,
    fees: path.fees,
    ...columnsOf(path.reserves, reserveNames),
    ...(path.weights === null ? {} : columnsOf(path.weights, named('weight'))),
    ...(path.orders === null ? {} : { orders_offered: path.orders.offered, orders_routed: path.orders.routed }),
  });
  const last = path.values.length - 1;
  const summary = {
    out: options.out,
    rows: path.values.length,
    every: minutesOf(dataset, every),
    start: path.values[0],
    end: path.values[last],
    fees: path.fees[last],
    restarts: restarts.map(([row]) => formatTime(dataset.start + row * dataset.interval)),
    columns,
    ...(options.check === true ? { identities: kept } : {}),
    dataset: dataset.hash,
    device: session.target.name,
    warnings,
  };
  const percent = (100 * (summary.end / summary.start - 1)).toFixed(2);
  const lines = [
    `${options.out}: ${summary.rows} rows, one every ${everyText(dataset, every)}; value ${summary.start.toFixed(0)} → ${summary.end.toFixed(0)} (${percent} %), fees ${summary.fees.toFixed(0)}; columns ${summary.columns.join(', ')}`,
    ...kept.map(keptLine),
    ...warnings.map((warning) => `warning: ${warning}`),
    ...(restarts.length === 0
      ? []
      : [
          `note: ${courseText(spec)} (${summary.restarts.join(', ')}), as evaluate has it; --through simulates one pool that never does`,
        ]),
  ];
  const exitCode = kept.every((k) => k.isKept) ? 0 : 1;
  return withNotes({ text: lines.join('\n'), json: summary, exitCode }, [...notes, ...output.notes]);
}

/** `60 min`, `12s` */
function everyText(clock: Clock, rows: number): string {
  const minutes = minutesOf(clock, rows);
  return Number.isInteger(minutes) ? `${minutes} min` : formatDuration(rows * clock.interval);
}

/** One pool from the first row of training to the last of the data. */
function throughAll({ rollout, dataset, split }: PoolSession, raw: Float64Array, every: number): Rows {
  const from = split.train[0];
  return rollout.trajectory(raw, from, dataset.rows - from, every);
}

/** The same rows of a path that is made of several pools. */
function afresh({ spec, dataset, target, threads, split }: PoolSession, raw: Float64Array, every: number): Rows {
  const { path } = measured({ spec, data: dataset, target, threads, split }, raw);
  const rows = Int32Array.from({ length: Math.ceil(path.values.length / every) }, (_, i) => path.first + i * every);
  const thinned = (table: Float64Array): Float64Array => {
    const width = table.length / path.values.length;
    return Float64Array.from(
      { length: rows.length * width },
      (_, k) => table[Math.floor(k / width) * every * width + (k % width)],
    );
  };
  return {
    rows,
    values: thinned(path.values),
    reserves: thinned(path.reserves),
    weights: path.weights && thinned(path.weights),
    fees: thinned(path.fees),
    orders: path.orders && { offered: thinned(path.orders.offered), routed: thinned(path.orders.routed) },
  };
}
