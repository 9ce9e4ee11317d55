/** Floor 5½. `simulate`: the path of a pool's value, reserves, weights and fees over all data, as an Arrow or CSV file. */
import type { JobOutput, SimulateOptions } from './options.js';
import { openSource } from './source.js';
import { columnsOf, writeTable } from './table.js';

export async function runSimulate(options: SimulateOptions): Promise<JobOutput> {
  const { session, raw } = await openSource(options.source, options);
  const { dataset, rollout, split, spec } = session;
  const from = split.train[0];
  const path = rollout.trajectory(raw, from, dataset.rows - from, options.every);
  const named = (prefix: string) => spec.assets.map((asset) => `${prefix}_${asset}`);
  const reserves = path.reserves.length / path.values.length;
  const reserveNames = reserves === spec.assets.length ? named('reserve') : [...named('psi'), ...named('theta')];
  const columns = await writeTable(options.out, dataset, path.rows, {
    value: path.values,
    fees: path.fees,
    ...columnsOf(path.reserves, reserveNames),
    ...(path.weights === null ? {} : columnsOf(path.weights, named('weight'))),
  });
  rollout.dispose();
  const last = path.values.length - 1;
  const summary = {
    out: options.out,
    rows: path.values.length,
    every: options.every,
    start: path.values[0],
    end: path.values[last],
    fees: path.fees[last],
    columns,
    device: session.target.name,
  };
  const percent = (100 * (summary.end / summary.start - 1)).toFixed(2);
  return {
    text: `${options.out}: ${summary.rows} rows, one every ${options.every} min; value ${summary.start.toFixed(0)} → ${summary.end.toFixed(0)} (${percent} %), fees ${summary.fees.toFixed(0)}; columns ${summary.columns.join(', ')}`,
    json: summary,
  };
}
