// Test oracle: reads the golden files and their prices in place; nothing of them is copied into the project.
// Tests that need them skip aloud when `../shared/golden`, seen from the project root, is missing.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { tableFromIPC } from 'apache-arrow';

const shared = new URL('../../../shared/', import.meta.url);
const goldenFolder = new URL('golden/', shared);

/** One case of tfmm_zero_fee.json or tfmm_real_2018.json (the fields that tests use). */
export interface GoldenCase {
  rule: string;
  assets: string[];
  rows: number;
  chunk_period: number;
  weight_interpolation_period: number;
  interpolation: 'linear' | 'approx_optimal';
  start_index: number;
  bout_length: number;
  maximum_change: number;
  minimum_weight: number;
  max_memory_days: number;
  initial_pool_value: number;
  fee: number;
  params: Record<string, number[]>;
  rule_outputs_head: number[][];
  rule_outputs_tail: number[][];
  rule_outputs_sum_abs: number;
  weights_min: number;
  weights_max: number;
  sample_index: number[];
  weights: number[][];
  reserves: number[][];
  value: number[];
  metrics: Record<string, number | null>;
}

/** True when the named golden file can be read; says so on the console when it cannot. */
export function hasGolden(file: string): boolean {
  const found = existsSync(new URL(file, goldenFolder));
  if (!found) console.warn(`golden figures not found (../shared/golden/${file}): the tests that need them are skipped`);
  return found;
}

/** The cases of a golden file whose rule is one of `rules`; none where it is not here (suites are collected even if skipped). */
export function readGoldenCases(file: string, rules: string[]): GoldenCase[] {
  if (!existsSync(new URL(file, goldenFolder))) return [];
  const cases: GoldenCase[] = JSON.parse(readFileSync(new URL(file, goldenFolder), 'utf8'));
  return cases.filter((c) => rules.includes(c.rule));
}

/** Minute closes by asset of the synthetic 45 days behind tfmm_zero_fee.json; none where they are not here. */
export function readSyntheticPrices(): Record<string, Float64Array> {
  const file = new URL('prices.arrow', goldenFolder);
  if (!existsSync(file)) return {};
  const table = tableFromIPC(readFileSync(file));
  const columns: Record<string, Float64Array> = {};
  for (const { name } of table.schema.fields) {
    if (name.startsWith('close_')) columns[name.slice('close_'.length)] = Float64Array.from(table.getChild(name)!);
  }
  return columns;
}

/**
 * Minute closes of one asset of tfmm_real_2018.json: `rows` minutes from 2018-01-01T00:00Z without gaps, the last close
 * carried forward, the head filled with the first close. Columns of the file: timestamp, open, close, high, low, volume.
 */
export function readReal2018Prices(asset: string, rows: number): Float64Array {
  const file = fileURLToPath(new URL(`data/bitfinex-1m-${asset}USD-2018.csv.gz`, shared));
  const start = Date.UTC(2018, 0, 1);
  const closes = new Float64Array(rows).fill(Number.NaN);
  for (const line of gunzipSync(readFileSync(file)).toString().trim().split('\n')) {
    const [timestamp, , close] = line.split(',', 3);
    const row = (Number(timestamp) - start) / 60_000;
    if (row >= 0 && row < rows) closes[row] = Number(close);
  }
  let last = closes.find(Number.isFinite)!;
  for (let row = 0; row < rows; row++) {
    if (Number.isFinite(closes[row])) last = closes[row];
    else closes[row] = last;
  }
  return closes;
}

/** Row-major matrix (first `rows` rows × assets) of named columns: the layout that every roll-out takes. */
export function rowMajor(columns: Record<string, Float64Array>, assets: string[], rows: number): Float64Array {
  const matrix = new Float64Array(rows * assets.length);
  for (let asset = 0; asset < assets.length; asset++) {
    const column = columns[assets[asset]];
    for (let row = 0; row < rows; row++) matrix[row * assets.length + asset] = column[row];
  }
  return matrix;
}
