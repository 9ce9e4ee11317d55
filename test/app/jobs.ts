/** Jobs of the command line, run in process on prices that a test makes: for tests that want figures. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { runEvaluate, runExport, runSimulate, runTrain } from '../../src/app/index.js';
import { createDataset } from '../../src/data/dataset.js';
import { saveDataset } from '../../src/data/dataset-file.js';

export interface Strategy {
  readonly name: string;
  readonly role: string;
  readonly metrics: Record<'train' | 'validation' | 'test', Record<string, number | null>>;
}

/** What `evaluate --json` says, as far as tests read it. */
export interface EvaluateJson {
  readonly headline: { readonly metric: string; readonly value: number | null };
  readonly remarks: readonly string[];
  readonly warnings: readonly string[];
  readonly splits: Record<'train' | 'validation' | 'test', { readonly rows: readonly [number, number] }>;
  readonly strategies: readonly Strategy[];
  readonly [key: string]: unknown;
}

/** A folder of its own, removed with the file's tests; `prices` by asset and minute. */
export async function jobs(name: string, prices: Readonly<Record<string, (t: number) => number>>, days: number) {
  const folder = mkdtempSync(join(tmpdir(), `poolgrad-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (path: string) => join(folder, path);
  const assets = Object.keys(prices);
  const rows = days * 1440;
  const table = Float64Array.from({ length: rows * assets.length }, (_, k) =>
    prices[assets[k % assets.length]](Math.floor(k / assets.length)),
  );
  const start = Date.UTC(2025, 0, 1);
  const made = createDataset({ assets, rows, start, interval: 60_000, prices: table, volume: null, meta: {} });
  await saveDataset(file('prices.arrow'), made);
  const checkpoint = file('pool.json');
  return {
    file,
    checkpoint,
    /** `config` without its data. */
    train(config: object, ...set: string[]) {
      // a JSON text is YAML
      writeFileSync(file('pool.yaml'), JSON.stringify({ data: 'prices.arrow', ...config }));
      const signal = new AbortController().signal;
      return runTrain({ config: file('pool.yaml'), out: checkpoint, set, json: true, signal });
    },
    async evaluate() {
      const { text, json } = await runEvaluate({ checkpoint, out: file('pool.html'), json: true });
      return { text, json: JSON.parse(JSON.stringify(json)) as EvaluateJson };
    },
    export: (to: string, template?: string) =>
      runExport({ checkpoint, to, template, out: file(`exported.${to}`), strict: false, json: true }),
    simulate: (source: string, every = 1, through = false) =>
      runSimulate({ source, out: file('path.csv'), every, through, set: [], json: true }),
  };
}
