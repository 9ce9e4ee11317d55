/** The small valid inputs that are damaged: files by name, made anew in a folder. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packageRoot } from '../../src/cli/shared.js';
import { encodeRunFile } from '../../src/quantammsim/run-file.js';
import { FEES, MOMENTUM, trainedIn } from '../app/setup.js';
import { arrowBytes, priceTable } from '../data/arrow-files.js';
import { zip } from '../data/zip-files.js';
import { address, fullTemplate } from '../export/pools.js';
import { entries, fingerprint } from '../quantammsim/setup.js';

const START = Date.UTC(2024, 0, 1);

/** Minutes of candles with a head. */
const candles = `time,open,high,low,close,volume\n${Array.from({ length: 40 }, (_, i) => {
  const close = 100 + 10 * Math.sin(i);
  return `${START + i * 60_000},${close},${close + 1},${close - 1},${close},${i % 7}\n`;
}).join('')}`;

/** A fit, and a generator with a potential and regimes of its own. */
const FIT = `data: {file: prices.arrow, assets: [A], every: 6h}
model: {kind: gbm, regimes: 2, varying: [sigma], mu: {value: 0.1, train: false}}
method: auto
iterations: 2
moments: {scenarios: 2, seed: 1}
page: {paths: 1, samples: 20, seed: 1}
`;
const GENERATOR = `kind: hamiltonian
regimes: 2
varying: [temperature]
potential: [quadratic, 'height*(q^2 - 1)^2 + exp(-q)']
height_1: 3
temperature_0: 1
temperature_1: {value: 4, bounds: [1, 9]}
logit_0_1: -2
base: {A: 100, B: 20}
noise: thermostat
map: log
`;

const CASES = [
  { reserves: [25, 100], weights: [0.5, 0.5], prices: [4, 1], gamma: 1, delta: [0, 0], profit: 0 },
  { reserves: [1, 2, 3], weights: [0.2, 0.3, 0.5], prices: [4, 1, 2], gamma: 0.997, delta: [0, 0, 0], profit: 0 },
];

/** A run of the Python simulator on these prices, as a tree. */
export const RUN = [
  { ...fingerprint, endDateString: '2024-01-06 00:00:00', endTestDateString: '2024-01-09 00:00:00' },
  ...entries,
] as const;

/** Beside prices.arrow (ten days of A and B): configs, checkpoints, files of candles, of runs, templates, cases. */
export async function writeSeeds(folder: string): Promise<void> {
  await trainedIn(folder, 'momentum', MOMENTUM);
  await trainedIn(folder, 'fees', FEES);
  const write = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);
  write('run.json', encodeRunFile(RUN[0], entries));
  const { tokens: _, oracles: __, ...template } = fullTemplate();
  const tokens = { A: address('c'), B: address('A') };
  write('template.json', JSON.stringify({ ...template, tokens, oracles: { A: [address('c')], B: [address('A')] } }));
  write('cases.json', JSON.stringify(CASES));
  write('fit.yaml', FIT);
  write('generator.yaml', GENERATOR);
  write('candles.csv', candles);
  write('candles.csv.gz', gzipSync(candles));
  write('candles.zip', zip({ 'candles.csv': candles }));
  write('table.arrow', arrowBytes(priceTable()));
  write('stream.arrow', arrowBytes(priceTable(), 'stream', 'lz4'));
  for (const name of [
    'candles-lz4.feather',
    'candles-zstd.feather',
    'candles-snappy.parquet',
    'candles-zstd.parquet',
    'candles-delta.parquet',
  ]) {
    cpSync(join(packageRoot(), 'test/data/fixtures', name), join(folder, name));
  }
}

export type Seeds = ReadonlyMap<string, Buffer>;

/** The seeds as they lie in a folder. */
export const readSeeds = (folder: string, names: readonly string[]): Seeds =>
  new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
