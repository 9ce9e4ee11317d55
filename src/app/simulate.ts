/** Floor 5½. `simulate`: the path of a pool's value, reserves, weights and fees over all data, as an Arrow file. */
import { writeResult } from './files.js';
import type { JobOutput, SimulateOptions } from './options.js';
import { openSource } from './source.js';

export async function runSimulate(options: SimulateOptions): Promise<JobOutput> {
  const { session, raw } = await openSource(options.source, options);
  const { dataset, rollout, split, spec } = session;
  const from = split.train[0];
  const path = rollout.trajectory(raw, from, dataset.rows - from, options.every);
  const { tableFromArrays, tableToIPC } = await import('apache-arrow');
  const column = (data: Float64Array, width: number, i: number) => path.values.map((_, row) => data[row * width + i]);
  const reserves = path.reserves.length / path.values.length;
  const reserveNames =
    reserves === spec.assets.length
      ? spec.assets.map((a) => `reserve_${a}`)
      : [...spec.assets.map((a) => `psi_${a}`), ...spec.assets.map((a) => `theta_${a}`)];
  const { weights } = path;
  const table = tableFromArrays({
    timestamp: BigInt64Array.from(path.rows, (row) => BigInt(dataset.start + row * dataset.interval)),
    value: path.values,
    fees: path.fees,
    ...Object.fromEntries(reserveNames.map((name, i) => [name, column(path.reserves, reserves, i)])),
    ...(weights === null
      ? {}
      : Object.fromEntries(spec.assets.map((a, i) => [`weight_${a}`, column(weights, spec.assets.length, i)]))),
  });
  await writeResult(options.out, Buffer.from(tableToIPC(table, 'file')));
  rollout.dispose();
  const last = path.values.length - 1;
  const summary = {
    out: options.out,
    rows: path.values.length,
    every: options.every,
    start: path.values[0],
    end: path.values[last],
    fees: path.fees[last],
    columns: table.schema.fields.map((f) => f.name),
    device: session.target.name,
  };
  const percent = (100 * (summary.end / summary.start - 1)).toFixed(2);
  return {
    text: `${options.out}: ${summary.rows} rows, one every ${options.every} min; value ${summary.start.toFixed(0)} → ${summary.end.toFixed(0)} (${percent} %), fees ${summary.fees.toFixed(0)}; columns ${summary.columns.join(', ')}`,
    json: summary,
  };
}
