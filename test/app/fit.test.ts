/** The jobs behind `fit` and `regimes`: what they write and say, their pages, and what is wrong with a config in one line. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FitJob, runFit } from '../../src/app/fit.js';
import { type RegimesJob, runRegimes } from '../../src/app/regimes.js';
import { drawFromModel } from '../../src/app/synth.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { refusal } from './setup.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-fit-'));
const here = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const DAY = 86_400_000;
const SPAN = { days: 700, seed: 3, start: Date.UTC(2020, 0, 1), interval: DAY };

async function draw(name: string, model: string, assets = ['A', 'B']) {
  writeFileSync(here(`${name}.yaml`), model);
  const { dataset } = await drawFromModel(here(`${name}.yaml`), { ...SPAN, assets });
  await saveDataset(here(`${name}.arrow`), dataset);
}

beforeAll(async () => {
  writeFileSync(here('plain.yaml'), 'kind: gbm\n');
  await draw('walk', 'kind: gbm\nsigma: [0.4, 0.8]\ncorrelation: [[1, 0.5], [0.5, 1]]\n');
  await draw(
    'moods',
    'kind: gbm\nregimes: 2\nvarying: [sigma]\nsigma_0: 0.3\nsigma_1: 1.5\nlogit_0_0: 0\nlogit_0_1: -4\nlogit_1_0: -3\nlogit_1_1: 0\n',
    ['A'],
  );
});

function fitted(config: string, job: Partial<FitJob> = {}) {
  writeFileSync(here('fit.yaml'), config);
  return runFit({ config: here('fit.yaml'), set: [], json: true, ...job });
}

interface FitJson {
  readonly out: string;
  readonly report: string;
  readonly model: Readonly<Record<string, unknown>>;
  readonly logLikelihood: number;
  readonly estimates: readonly {
    readonly name: string;
    readonly value: number;
    readonly error: number | null;
    readonly fitted: boolean;
  }[];
  readonly warnings: readonly string[];
}

/** The page as a document, after what holds of all pages: it stands alone, and prints no number that is none. */
function pageOf(path: string) {
  const text = readFileSync(path, 'utf8');
  expect(text.startsWith('<!doctype html>')).toBe(true);
  expect(text).toContain("default-src 'none'; script-src 'sha256-");
  expect(text).not.toMatch(/<link|<img|<iframe|\ssrc=|\son\w+=|url\(|@import|https?:/);
  expect(text.replace(/<script>.*<\/script>/s, '')).not.toMatch(/NaN|Infinity|undefined/);
  return parseHTML(text).document as unknown as {
    querySelectorAll(selector: string): { textContent: string }[];
  };
}

const titles = (page: ReturnType<typeof pageOf>) => [...page.querySelectorAll('h2')].map((h) => h.textContent);

describe('fit', () => {
  it('writes a generator that draws again, and a page that compares', async () => {
    const { json, text } = await fitted('data: walk.arrow\nmodel: gbm\npage: {samples: 20, paths: 2}\n');
    const found = json as unknown as FitJson;
    expect(found.warnings).toEqual([]);
    expect(text).toContain('by likelihood: ln L ');
    const sigma = found.estimates.filter((e) => e.name === 'sigma');
    [0.4, 0.8].forEach((wanted, i) => {
      expect(Math.abs(sigma[i].value - wanted)).toBeLessThan(3 * (sigma[i].error ?? 0));
    });
    expect(found.estimates.filter((e) => e.name === 'start').every((e) => !e.fitted)).toBe(true);
    const yaml = readFileSync(found.out, 'utf8');
    expect(found.out).toBe(here('fit.fitted.yaml'));
    expect(yaml).toMatch(/^# fitted by poolgrad\n# fit.yaml, A, B: 700 rows of 1d, /);
    expect(yaml).toMatch(/^sigma:\n {2}A: 0\.\d+ # ± 0\.\d+$/m);
    const again = await drawFromModel(found.out, { ...SPAN, assets: ['A', 'B'] });
    expect(again.dataset.rows).toBe(700);
    const page = pageOf(found.report);
    expect(titles(page)).toEqual([
      'Parameters',
      'A: paths',
      'A: correlations and spectrum',
      'A: moments',
      'B: paths',
      'B: correlations and spectrum',
      'B: moments',
      'Facts',
    ]);
    // the second time it knows its own files
    await fitted('data: walk.arrow\nmodel: gbm\npage: {samples: 20, paths: 1}\n');
  });

  it('begins where the config says, holds what it holds, and takes rows and assets that it names', async () => {
    const { json } = await fitted(
      'data: {file: walk.arrow, assets: [B], every: 2d, from: 2020-03-01, to: 2021-06-01}\nmodel: {kind: gbm, mu: {value: 0.2, train: false}, sigma: {bounds: [0.5, 0.7]}}\npage: {samples: 20}\n',
      { out: here('b.yaml'), report: here('b.html') },
    );
    const found = json as unknown as FitJson & { readonly rows: number };
    expect(found.rows).toBe(228);
    const of = (name: string) => found.estimates.find((e) => e.name === name);
    expect(of('mu')).toMatchObject({ value: 0.2, fitted: false });
    expect(of('sigma')).toMatchObject({ value: 0.7, error: null });
    expect(found.warnings).toEqual(['at a bound: sigma of B']);
  });

  it('takes data and entries from flags', async () => {
    const { json } = await fitted('data: no.arrow\nmodel: ou\npage: {samples: 20}\n', {
      data: here('moods.arrow'),
      set: ['model.kind=gbm', 'model.mu={value: 0, train: false}'],
      out: here('c.yaml'),
      report: here('c.html'),
    });
    const found = json as unknown as FitJson;
    expect(found.model).toMatchObject({ kind: 'gbm', mu: { A: 0 } });
  });

  it.each<[string, string | RegExp]>([
    ['model: gbm', /^fit.yaml: data: expected a map \(the recorded prices\), got nothing; its keys are file, /],
    ['data: walk.arrow', /^fit.yaml: model: expected a map with the kind of a price generator, got nothing/],
    ['data: walk.arrow\nmodel: gmb', /^fit.yaml: model.kind: expected gbm, .* got 'gmb'; did you mean 'gbm'\?$/],
    [
      'data: walk.arrow\nmodel: gbm\nmethd: auto',
      /^fit.yaml: methd: expected a known key, got 'methd'; did you mean 'method'\?$/,
    ],
    [
      'data: walk.arrow\nmodel: gbm\nmethod: best',
      /^fit.yaml: method: expected auto, likelihood or moments, got 'best'/,
    ],
    [
      'data: walk.arrow\nmodel: gbm\nmoments: {scenarios: 0}',
      /^fit.yaml: moments.scenarios: expected a whole number from 1 to 100000 .*, got 0; /,
    ],
    ['data: {file: walk.arrow, assets: [C]}\nmodel: gbm', /^assets: 'C' is not in the dataset; did you mean/],
    [
      'data: {file: walk.arrow, every: 90m}\nmodel: gbm',
      /^data.every: expected more than the 1d of the dataset, got 90m; /,
    ],
    ['data: {file: walk.arrow, from: soon}\nmodel: gbm', "data.from: expected a date such as 2024-01-01, got 'soon'"],
    [
      'data: {file: walk.arrow, from: 2021-11-25}\nmodel: gbm',
      /^fit: at least 30 rows were expected, got \d+ of walk.arrow; /,
    ],
    [
      'data: {file: walk.arrow, from: 2030-01-01}\nmodel: gbm',
      /^data.from: rows between 2030-01-01 and the last were expected, got none in /,
    ],
    [
      'data: walk.arrow\nmodel: {kind: gbm, sigma: {value: 0.5, train: false}, mu: {train: false}, correlation: {train: false}}',
      'fit: a parameter to fit was expected, got none; leave train: false out',
    ],
    [
      'data: walk.arrow\nmodel: {kind: hamiltonian, potential: cubic}',
      /^fit.yaml: model.potential: expected quadratic or anharmonic, got 'cubic'/,
    ],
    [
      'data: walk.arrow\nmodel: {kind: hamiltonian, k: 1e7, friction: 1, base: 100, temperature: 1}\niterations: 1',
      /k·dt² below 4 was expected/,
    ],
  ])('refuses %j', async (config, message) => {
    const said = await refusal(fitted(config));
    expect(said).toMatch(message);
    expect(said).not.toContain('\n');
  });
});

describe('regimes', () => {
  const job = (change: Partial<RegimesJob>) =>
    runRegimes({
      data: here('moods.arrow'),
      model: 'volatility',
      iterations: 500,
      json: true,
      out: here('moods.csv'),
      report: here('moods.html'),
      ...change,
    });

  it('writes chances by row, a page, and a model that decodes the same rows again', async () => {
    const { json, text } = await job({ save: here('found.yaml') });
    const found = json as unknown as {
      logLikelihood: number;
      rows: number;
      latest: { filtered: number[] };
      chain: { transition: number[][] };
    };
    expect(text).toContain('from regime 0: to 0 0.9');
    const [head, ...lines] = readFileSync(here('moods.csv'), 'utf8').trim().split('\n');
    expect(head).toBe('timestamp,regime,filtered_0,filtered_1,smoothed_0,smoothed_1');
    expect(lines).toHaveLength(699);
    expect(found.rows).toBe(699);
    for (const line of lines) {
      const [, regime, f0, f1, s0, s1] = line.split(',').map(Number);
      expect([0, 1]).toContain(regime);
      expect(f0 + f1).toBeCloseTo(1, 9);
      expect(s0 + s1).toBeCloseTo(1, 9);
    }
    const page = pageOf(here('moods.html'));
    expect(titles(page)).toEqual(['Prices', 'Chances', 'Moves', 'Parameters', 'Facts']);
    const again = (await job({ model: here('found.yaml') })).json as unknown as typeof found;
    expect(again.logLikelihood).toBeCloseTo(found.logLikelihood, 6);
    again.latest.filtered.forEach((p, k) => {
      expect(p).toBeCloseTo(found.latest.filtered[k], 6);
    });
    expect(existsSync(here('found.yaml'))).toBe(true);
  });

  it('takes Arrow for its table, and any number of regimes', async () => {
    const { json } = await job({ regimes: 3, model: 'gbm', out: here('three.arrow'), report: here('three.html') });
    const { chain } = json as unknown as { chain: { transition: number[][] } };
    for (const row of chain.transition) expect(row.reduce((a, x) => a + x, 0)).toBeCloseTo(1, 12);
    expect(readFileSync(here('three.arrow')).subarray(0, 6).toString()).toBe('ARROW1');
    await job({ regimes: 3, model: 'gbm', out: here('three.arrow'), report: here('three.html') });
  });

  it.each<[Partial<RegimesJob>, RegExp]>([
    [{ model: 'volatilty' }, /^--model: expected gbm, volatility, .* got 'volatilty'; did you mean 'volatility'\?$/],
    [{ by: 'em' }, /^--by: expected gradient with --model volatility, got em/],
    [{ model: here('plain.yaml') }, /^plain.yaml: regimes were expected, got a model without; /],
    [{ model: here('moods.yaml'), by: 'em' }, /^--by: expected with the name of a model, got the file /],
    [{ assets: ['C'] }, /^assets: 'C' is not in the dataset/],
    [{ every: '30d' }, /^fit: at least 30 rows were expected, got \d+ /],
    [{ regimes: 40 }, /^model.regimes: expected a whole number from 2 to 16 \(hidden regimes\), got 40/],
  ])('refuses %o', async (change, message) => {
    expect(await refusal(job(change))).toMatch(message);
  });
});
