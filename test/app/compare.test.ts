/** `evaluate` of several checkpoints: what is compared, on which rows, what is refused, what is said of what they have not in common. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseHTML } from 'linkedom';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCompare, runEvaluate, runTrain } from '../../src/app/index.js';
import { createDataset } from '../../src/data/dataset.js';
import { loadDataset, saveDataset } from '../../src/data/dataset-file.js';
import { draw } from '../../src/targets/runtime.js';
import { jobs } from './jobs.js';

const DAYS = 12;

/** A seeded walk of prices by the minute. */
function walk(lane: number): (t: number) => number {
  const logs = new Float64Array(DAYS * 1440);
  for (let t = 1; t < logs.length; t++) logs[t] = logs[t - 1] + 2e-3 * (draw(7, lane, t, 0) - 0.5);
  return (t) => 100 * Math.exp(logs[t]);
}

interface Compared {
  readonly test: { readonly from: number; readonly to: number };
  readonly metric: string | null;
  readonly leader: string;
  readonly remarks: readonly string[];
  readonly portfolio: { readonly metrics: Record<string, number | null> };
  readonly checkpoints: readonly {
    readonly name: string;
    readonly metrics: Record<string, number | null>;
    readonly warnings: readonly string[];
  }[];
}

const MINUTE = 60_000;
const base = {
  pool: { kind: 'tfmm', fee: 0.003 },
  rule: 'momentum',
  flow: { kind: 'elastic', v0: 0.0005 },
  split: { burnInDays: 1 },
  objective: 'returns',
  train: { sets: 2, windows: 2, windowDays: 1, iterations: 2 },
};

describe('a comparison', async () => {
  const { file } = await jobs('compare', { A: walk(1), B: walk(2) }, DAYS);

  /** A checkpoint of its own name. */
  async function trained(name: string, change: object, data = 'prices.arrow') {
    writeFileSync(file(`${name}.yaml`), JSON.stringify({ data, ...base, ...change }));
    const signal = new AbortController().signal;
    await runTrain({ config: file(`${name}.yaml`), out: file(`${name}.json`), set: [], json: true, signal });
  }

  /** One comparison of some names, shared by the tests. */
  const known = new Map<string, ReturnType<typeof compare>>();
  const compared = (...names: string[]) => {
    const found = known.get(names.join()) ?? compare(names);
    known.set(names.join(), found);
    return found;
  };

  async function compare(names: readonly string[]) {
    const out = file('comparison.html');
    const { text, json } = await runCompare({ checkpoints: names.map((n) => file(`${n}.json`)), out, json: true });
    const page = parseHTML(readFileSync(out, 'utf8')).document as unknown as Page;
    return { text, json: JSON.parse(JSON.stringify(json)) as Compared, page };
  }

  interface Page {
    readonly textContent: string;
    querySelectorAll(selector: string): (Page & { readonly children: Page[] })[];
  }

  beforeAll(async () => {
    await trained('one', {});
    await trained('two', { pool: { kind: 'constant-weight', fee: 0.002 }, rule: undefined });
    await trained('early', {
      split: { burnInDays: 1, train: 0.45, validation: 0.15, test: 0.4 },
      objective: 'returns_over_hodl',
    });
    await trained('routed', { flow: { kind: 'routed', size: 0.001, orders: 0.1 } });
    await trained('no-flow', { flow: undefined, pool: { kind: 'tfmm', fee: { value: 0.003, train: false } } });
  });

  it('has the figures of each one’s own evaluation where all have one test split', async () => {
    const { json } = await compared('one', 'two');
    expect(json.remarks).toEqual([]);
    for (const { name, metrics } of json.checkpoints) {
      const own = await runEvaluate({ checkpoint: file(`${name}.json`), out: file('own.html'), json: true });
      const { strategies } = JSON.parse(JSON.stringify(own.json));
      expect(metrics).toEqual(strategies[0].metrics.test);
    }
  });

  it('relates all to one portfolio, bought in equal shares at the first row', async () => {
    const { json } = await compared('one', 'two');
    const { prices, start } = await loadDataset(file('prices.arrow'));
    const [from, to] = [json.test.from, json.test.to].map((t) => (t - start) / MINUTE);
    const grown = [0, 1].map((j) => prices[2 * (to - 1) + j] / prices[2 * from + j]);
    expect(json.portfolio.metrics.returns).toBeCloseTo((grown[0] + grown[1]) / 2 - 1, 12);
  });

  it('cuts unlike test splits to the rows that are in all, and says so', async () => {
    const { json, text } = await compared('one', 'early');
    const whole = await compared('one', 'two');
    expect(json.test).toEqual(whole.json.test);
    // a pool with a rule runs through: what it did before is as it was
    expect(json.checkpoints[0].metrics).toEqual(whole.json.checkpoints[0].metrics);
    expect(json.remarks[0]).toMatch(
      /^The test splits differ \(one \d+ Jan 2025 to 13 Jan 2025, early .*\): compared on the rows/,
    );
    expect(json.remarks[1]).toBe(
      'They were trained for different ends (one returns, early returns_over_hodl): each tends to be ahead in its own.',
    );
    expect(json.metric).toBeNull();
    for (const remark of json.remarks) expect(text).toContain(`note: ${remark}`);
  });

  it('names traders that differ', async () => {
    const { json, page } = await compared('one', 'no-flow');
    expect(json.remarks).toEqual([
      'They were simulated with different traders (flow: one elastic (v0 0.0005, b 150, epsilon 0.01), no-flow none): figures that rest on fees compare these assumptions as well as the pools.',
    ]);
    expect(page.querySelectorAll('.hero .warnings li').map((li) => li.textContent)).toEqual(json.remarks);
    const routed = 'routed (orders 0.1, orderSeed 1, size 0.001, spread 1.2, depth 1, competitorFee 0.003)';
    expect((await compared('one', 'routed')).json.remarks[0]).toContain(`routed ${routed}`);
  });

  it('refuses other prices, other assets, the same file twice', async () => {
    const data = await loadDataset(file('prices.arrow'));
    const changed = data.prices.map((p, i) => (i === 5 ? p * 1.001 : p));
    await saveDataset(file('other.arrow'), createDataset({ ...data, prices: changed }));
    await trained('other', {}, 'other.arrow');
    await expect(compared('one', 'other')).rejects.toThrow(
      /^evaluate: checkpoints on the same prices were expected, got .*prices.arrow \(hash \w{12}…\) for one and .*other.arrow \(hash \w{12}…\) for other; give one dataset for all by --data$/,
    );
    await trained('single', { data: { file: 'prices.arrow', assets: ['B', 'A'] } });
    await expect(compared('one', 'single')).rejects.toThrow(
      'got A, B for one and B, A for single; compare pools of the same assets, in one order',
    );
    await expect(compared('one', 'one')).rejects.toThrow(/different checkpoints were expected, got '.*one.json' twice/);
  });

  it('sets figures, parameters and warnings beside each other in one page', async () => {
    const { page, json } = await compared('one', 'two');
    expect(page.querySelectorAll('h1').map((h) => h.textContent)).toEqual(['2 checkpoints on A · B']);
    expect(page.querySelectorAll('.full thead th').map((th) => th.textContent)).toEqual([
      'metric',
      'one',
      'two',
      'equal shares, held',
    ]);
    const rows = page
      .querySelectorAll('table.beside tbody tr')
      .map((tr) => tr.children.map((c) => c.textContent.trim()));
    expect(
      rows
        .find(([name]) => name === 'constant-weight.fee')!
        .slice(1)
        .map((x) => /bps|–/.test(x)),
    ).toEqual([true, true]);
    expect(rows.find(([name]) => name === 'constant-weight.fee')![1]).toBe('–');
    expect(rows.filter(([name]) => name.startsWith('momentum.k')).map((r) => r[2])).toEqual(['–', '–']);
    expect(page.querySelectorAll('h3').map((h) => h.textContent)).toEqual(['one', 'two']);
    const text = page.querySelectorAll('body')[0].textContent;
    for (const { warnings } of json.checkpoints) for (const warning of warnings) expect(text).toContain(warning);
    expect(page.querySelectorAll('figure[data-readings]')).toHaveLength(2);
    expect(page.querySelectorAll('script')).toHaveLength(1);
    expect(text).toContain(json.leader);
  });
});
