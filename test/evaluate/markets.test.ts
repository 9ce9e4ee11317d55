/**
 * A trial of all shipped kinds on liquid and on thin markets: no headline stands that the stress table contradicts.
 *
 * Recorded markets are not part of the project: where ../shared/data is missing they are skipped, and a synthetic thin one is
 * left. By default each kind has an iteration of training, on one market of each sort; POOLGRAD_TRIAL=all gives it ten on three of
 * each, and prints what the stress tables say.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { runEvaluate, runTrain } from '../../src/app/index.js';
import { createDataset, type Dataset } from '../../src/data/dataset.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { importFiles } from '../../src/data/import-files.js';
import { market } from '../data/thin.js';

const all = process.env.POOLGRAD_TRIAL === 'all';
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const shared = here('../../../shared/data');
const found = existsSync(shared);
if (!found) console.warn('recorded markets not found (../shared/data): the trial on them is skipped');

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-markets-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

const MINUTE = 60_000;
/** Of a year, a fortnight in spring. */
const [FROM, ROWS] = [200_000, 14 * 1440];

async function imported(files: Readonly<Record<string, string>>, format?: 'bitfinex-candles'): Promise<Dataset> {
  const sources = Object.entries(files).map(([asset, path]) => ({ asset, path: join(shared, path) }));
  const options = { format, columns: {}, volumeUnit: 'base', span: 'intersection', fill: 'forward' } as const;
  return (await importFiles(sources, { ...options, interval: MINUTE })).dataset;
}

/** Minutes of two liquid markets. */
async function minutes(...assets: string[]): Promise<Dataset> {
  const files = Object.fromEntries(assets.map((a) => [a, `bitfinex-1m-${a}USD-2018.csv.gz`]));
  const year = await imported(files, 'bitfinex-candles');
  const cut = (x: Float64Array) => x.slice(FROM * assets.length, (FROM + ROWS) * assets.length);
  return createDataset({
    ...year,
    rows: ROWS,
    prices: cut(year.prices),
    volume: year.volume && cut(year.volume),
    meta: {},
  });
}

/** Five-minute candles of two coins in bitcoin on a grid of minutes: four rows of five are filled. */
const coins = (...assets: string[]) =>
  imported(Object.fromEntries(assets.map((a) => [a, `feather-5m/${a}_BTC-5m.feather`])));

const thin = async () => market({ assets: ['A', 'B'], rows: ROWS, step: 6e-4, spread: 0.01, filled: 0.26, seed: 3 });

type Make = () => Promise<Dataset>;

const recorded: Record<string, Make> = {
  'ETH, XRP': () => minutes('ETH', 'XRP'),
  ...(all
    ? {
        'TRX, ADA in BTC': () => coins('TRX', 'ADA'),
        'BTC, ETH': () => minutes('BTC', 'ETH'),
        'BTC, LTC': () => minutes('BTC', 'LTC'),
        'ETH, LTC in BTC': () => coins('ETH', 'LTC'),
      }
    : {}),
};
const markets: Record<string, Make> = { ...(found ? recorded : {}), 'a thin one, drawn': thin };

const kinds = [
  'constant-weight',
  'momentum',
  'momentum-fees',
  'hmm',
  'reclamm',
  'fm-amm',
  'concentrated-range',
  'e-clp',
] as const;

type Figures = Record<string, Record<string, number | null>>;

interface Json {
  readonly headline: { readonly metric: string; readonly survives: boolean | null; readonly text: string | null };
  readonly stress: readonly { arbitrageEvery: number; prices: string; metrics: Figures }[];
  readonly warnings: readonly string[];
}

/** A shipped kind on prices.arrow. */
async function evaluated(kind: string): Promise<Json> {
  const config = parse(readFileSync(here(`../../configs/${kind}.yaml`), 'utf8')) as { train: object };
  const train = { ...config.train, sets: 2, windows: 4, windowDays: 3, iterations: all ? 10 : 1 };
  const split = { train: 0.5, validation: 0.2, test: 0.3, burnInDays: 2 };
  writeFileSync(file('pool.yaml'), stringify({ ...config, data: { file: 'prices.arrow' }, train, split }));
  const checkpoint = file('pool.json');
  const signal = new AbortController().signal;
  await runTrain({ config: file('pool.yaml'), out: checkpoint, set: [], json: true, signal });
  return (await runEvaluate({ checkpoint, out: file('pool.html'), json: true })).json as unknown as Json;
}

/** The tuned pool's lead over HODL and over its best baseline in each case. */
function leads({ stress, headline: { metric } }: Json): { hodl: number[]; best: number[] } {
  const of = (figures: Figures, name: string) => figures[name]?.[metric] ?? Number.NaN;
  const best = (figures: Figures) =>
    Math.max(...Object.keys(figures).flatMap((name) => (name === 'tuned' ? [] : (figures[name][metric] ?? []))));
  return {
    hodl: stress.map(({ metrics }) => of(metrics, 'tuned') - of(metrics, 'HODL')),
    best: stress.map(({ metrics }) => of(metrics, 'tuned') - best(metrics)),
  };
}

/** In digits that a report prints. */
const printed = (metric: string, lead: number) => (metric === 'returns_over_hodl' ? 100 * lead : lead).toFixed(2);

describe.each(Object.keys(markets))('%s', (name) => {
  beforeAll(async () => saveDataset(file('prices.arrow'), await markets[name]()));

  it.each(kinds)(
    '%s',
    async (kind) => {
      const json = await evaluated(kind);
      const { metric, survives, text } = json.headline;
      const { hodl, best } = leads(json);
      if (all) {
        const row = json.stress.map(
          (c, i) => `${c.prices === 'recorded' ? c.arbitrageEvery : c.prices} ${printed(metric, hodl[i])}`,
        );
        console.log(`${name}: ${kind}: ${metric} survives ${survives}: lead over HODL ${row.join(', ')}`);
      }
      expect(survives).not.toBeNull();
      expect(text === null).toBe(survives);
      if (survives) {
        const level = metric === 'returns_over_hodl' ? 1e-4 : 0.01;
        for (const [i, lead] of hodl.entries()) {
          if (Math.abs(lead) > level || Math.abs(hodl[0]) > level) expect(lead > 0).toBe(hodl[0] > 0);
          if (hodl[0] > level) expect(lead).toBeGreaterThanOrEqual(hodl[0] / 2);
          if (best[0] > level) expect(best[i]).toBeGreaterThan(0);
        }
      }
      // what lives on bounce does not survive: curves whose fees are those of jumps that nobody could trade
      if (name === 'a thin one, drawn' && kind !== 'momentum') expect(survives).toBe(false);
      if (name === 'a thin one, drawn') expect(json.warnings.join()).toMatch(/A: closes bounce.*B: closes bounce/s);
    },
    all ? 300_000 : 60_000,
  );
});
