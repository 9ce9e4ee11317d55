/** `hjb solve` in process: configs to quotes, values, parts and a page; and what is refused. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runHjbSolve } from '../../src/app/hjb.js';
import { makerProblem } from '../../src/config/maker-problem.js';
import { linearEquivalent, utilityGrowth, utilityOffsets } from '../../src/makers/exponential-utility.js';
import { longRun } from '../../src/makers/long-run.js';
import { singleAsset } from '../../src/makers/problem.js';
import { type Solved, solveMaker } from '../../src/solve/solve.js';

const folder = mkdtempSync(join(tmpdir(), 'hjb-'));
afterAll(() => rmSync(folder, { recursive: true }));

const both = (name: string, value: unknown) => ({ [`${name}Bid`]: value, [`${name}Ask`]: value });
const base = { kind: 'maker', qMin: -6, qMax: 6, ...both('lambda', 1.5), ...both('kappa', 2), phi: 0.02 };
const solved = (document: object): Solved => solveMaker(makerProblem(document));

/** Parts of a side at a place add up to the quote. */
function expectWhole({ parts, quoted, assets }: Solved): void {
  const [first] = quoted;
  for (const asset of assets.keys()) {
    for (const side of ['bid', 'ask'] as const) {
      first.sides[asset][side].forEach((quote, i) => {
        const pieces = parts.map((p) => p.sides[asset][side][i]);
        const sum = pieces.reduce<number>((total, x) => total + (x ?? Number.NaN), 0);
        if (quote === null) expect(pieces.every((x) => x === null)).toBe(true);
        else expect(sum).toBeCloseTo(quote, 12);
      });
    }
  }
}

const names = (s: Solved) => s.parts.map((p) => p.name);

describe('a maker of one asset', () => {
  it('is worth its long-run value, its income by source, and more than simpler laws', () => {
    const s = solved({
      system: {
        ...base,
        drift: 0.01,
        jumps: 'yes',
        ...both('jump', 0.03),
        rebate: 0.01,
        takerCost: 0.25,
        leastOffset: 0.1,
      },
      solve: { taker: 4 },
    });
    const { value, flows } = s.longRun!;
    expect(flows!.captured - flows!.adverse - flows!.takerCost + flows!.held).toBeCloseTo(value, 12);
    expect(s.rivals.map((r) => r.name)).toEqual(['without taking', 'affine', 'fixed spread', 'myopic']);
    for (const { value: less } of s.rivals) expect(less).toBeLessThan(value);
    expect(names(s)).toEqual([
      'myopic',
      'limits',
      'inventory',
      'adverse selection',
      'rebate',
      'drift',
      'taking',
      'floor',
    ]);
    expectWhole(s);
  });
  it('the parts of a symmetric market: a drift raises the ask by what it takes off the bid', () => {
    const s = solved({ system: { ...base, drift: 0.01 } });
    const drift = s.parts.find((p) => p.name === 'drift')!.sides[0];
    // −μ/(2√(φλκ/e)) in the middle of a wide range
    expect(drift.bid[6]! / (-0.01 * 3.3654)).toBeCloseTo(1, 0);
    expect(drift.ask[6]!).toBeCloseTo(-drift.bid[6]!, 2);
    expectWhole(s);
  });
  it('by states of the market: other numbers one a state, rates by name or in order', () => {
    const system = { ...base, states: 2, ...both('lambda', [1.5, 0.5]), phi: [0.005, 0.03] };
    const [named, ordered] = [{ '0→1': 0.05, '1→0': 0.1 }, [0.05, 0.1]].map((rates) =>
      solved({ system: { ...system, rates } }),
    );
    expect(named.longRun!.value).toBe(ordered.longRun!.value);
    // as known of the two regimes of the framework, |q| ≤ 6
    expect(named.longRun!.value).toBeCloseTo(0.38177826, 8);
    expect(named.marketStates).toBe(2);
    expectWhole(named);
  });
  it('numbers of a training, with whether they are trained, mean what they say, and what is left out its default', () => {
    const given = solved({ system: { kind: 'maker', qMin: -6, qMax: 6, lambdaBid: { value: 1.5, train: false } } });
    expect(given.longRun!.value).toBe(solved({ system: base }).longRun!.value);
  });
  it('with an end, a drift that decays has no long run; the end is what the penalty says', () => {
    const s = solved({
      system: { ...base, drift: 0.2, alpha: 0.03 },
      solve: { horizon: 10, driftDecay: 0.3, times: [0, 10] },
    });
    expect(s.longRun).toBeNull();
    expect(s.quoted.map((q) => q.tau)).toEqual([10, 0]);
    // δᵇ = 1/κ + α(2q + 1)
    expect(s.quoted[1].sides[0].bid[7]).toBeCloseTo(0.5 + 0.03 * 3, 14);
    expectWhole(s);
  });
  it('states that are never left: a note beside the horizon, an error without one', () => {
    const system = { ...base, states: 2, ...both('lambda', [1, 2]), rates: [0, 0] };
    expect(solved({ system, solve: { horizon: 3 } }).notes[0]).toMatch(/no one long run/);
    expect(() => solved({ system })).toThrow(/no one long run: some are never left/);
  });
});

describe('exponential utility', () => {
  const document = {
    system: { kind: 'maker', qMin: -10, qMax: 10, ...both('lambda', 140), ...both('kappa', 1.5) },
    solve: { gamma: 0.1, sigma: 2, horizon: 1 },
  };
  const market = { A: 140, k: 1.5, gamma: 0.1, sigma: 2, qMax: 10 };
  it('grows by the value of the optimum where it quotes so, and by less elsewhere', () => {
    const s = solved(document);
    const { bid, ask } = utilityOffsets(market, longRun(singleAsset(linearEquivalent(market)), 10).h);
    const growth = utilityGrowth(market, { bid: (q) => bid[q + 10]!, ask: (q) => ask[q + 10]! });
    expect(growth).toBeCloseTo(s.longRun!.value, 9);
    for (const { value } of s.rivals) expect(value).toBeLessThan(growth);
    expect(s.rivals.map((r) => r.name)).toEqual(['closed form', 'Avellaneda–Stoikov', 'myopic']);
    expect(names(s)).toEqual(['myopic', 'aversion', 'limits', 'inventory']);
    expectWhole(s);
  });
});

describe('several assets', () => {
  const asset = { qMax: 3, ...both('lambda', 1), ...both('kappa', 2), sigma: 0.3 };
  it('the risk is γ/2 times the covariance, and correlation has a part of its own', () => {
    const assets = { BTC: asset, ETH: { ...asset, sigma: 0.2 } };
    const s = solved({
      assets,
      risk: {
        gamma: 0.4,
        correlation: [
          [1, 0.5],
          [0.5, 1],
        ],
      },
    });
    const same = solved({
      assets,
      risk: [
        [0.018, 0.006],
        [0.006, 0.008],
      ],
    });
    expect(s.longRun!.value).toBeCloseTo(same.longRun!.value, 13);
    expect(names(s)).toEqual(['myopic', 'limits', 'inventory', 'covariance']);
    expectWhole(s);
    expect(names(solved({ assets, risk: { gamma: 0.4 } }))).not.toContain('covariance');
  });
});

describe('the command', () => {
  const run = async (document: string, set: string[] = []) => {
    const config = join(folder, 'maker.yaml');
    writeFileSync(config, document);
    return runHjbSolve({ config, set });
  };
  const text =
    'system: {kind: maker, lambdaBid: 1.5, phi: 0.02, takerCost: 0.3}\nsolve: {taker: unlimited, mid: 100}\n';
  it('prints, draws, and gives everything as JSON', async () => {
    const output = await run(text);
    expect(output.text).toContain('value in the long run 0.481662 a second');
    expect(output.text).toContain('sell by crossing the spread from inventory 3 up, buy from -3 down');
    expect(output.text).toMatch(/0 {3}0\.567989 {3}0\.567989 {5}56\.799/);
    const json = JSON.parse(JSON.stringify(output.json));
    expect(json.quotes[0].crossings).toEqual([{ sellFrom: 3, buyFrom: -3 }]);
    expect(json.quotes[0].sells[11]).toBe('unlimited');
    const page = readFileSync(join(folder, 'maker.quotes.html'), 'utf8');
    expect(page).toContain('What the spread is for');
    expect(page.match(/<svg/g)!.length).toBeGreaterThanOrEqual(8);
    expect(page).not.toContain('NaN');
  });
  it('takes other numbers by --set, and blames the flag for wrong ones', async () => {
    const { json } = await run(text, ['system.phi=0.05']);
    expect((json as { value: number }).value).toBeLessThan(0.4816);
    await expect(run(text, ['system.phi=-1'])).rejects.toThrow(/^--set system\.phi: expected a number/);
    await expect(run('{}')).rejects.toThrow(/^maker\.yaml: system: expected the market of a maker/);
  });
  it.each([
    ['maker', 0.478807],
    ['maker-regimes', 0.381778],
  ])('solves configs/%s.yaml, which trains as well', async (name, value) => {
    const output = await runHjbSolve({ config: `configs/${name}.yaml`, out: join(folder, `${name}.html`), set: [] });
    expect((output.json as { value: number }).value).toBeCloseTo(value, 6);
  });
  it('prints what docs/makers.md shows', async () => {
    const { text } = await runHjbSolve({ config: 'configs/maker.yaml', out: join(folder, 'docs.html'), set: [] });
    const shown = /<!-- solve:output -->\n```\n(.*?)```/s.exec(readFileSync('docs/makers.md', 'utf8'))![1];
    const printed = text.split('\n');
    const lines = shown.split('\n').filter((line) => line !== '' && line !== '…');
    expect(lines.filter((line) => !printed.includes(line))).toEqual([]);
    expect(lines.length).toBeGreaterThan(8);
  });
  it('draws several assets and times', async () => {
    const asset = '{qMax: 2, lambdaBid: 1, lambdaAsk: 1, kappaBid: 2, kappaAsk: 2, sigma: 0.3}';
    const output = await run(
      `assets: {BTC: ${asset}, ETH: ${asset}}\nrisk: {gamma: 0.1, correlation: [[1, 0.8], [0.8, 1]]}\nsolve: {horizon: 5}\n`,
    );
    expect(output.text).toContain('offsets of ETH, the others at 0 in the long run');
    expect(readFileSync(join(folder, 'maker.quotes.html'), 'utf8')).toContain('by what is held of');
  });
});

describe('what is refused', () => {
  const side = { ...both('lambda', 1), ...both('kappa', 1) };
  const refused = (document: object) => {
    try {
      makerProblem(document);
    } catch (error) {
      return (error as Error).message;
    }
    return 'nothing';
  };
  it.each([
    [{ system: { ...base, kind: 'pool' } }, /system\.kind: expected maker/],
    [{ system: { ...base, kappaBid: -1 } }, /system\.kappaBid: expected a number/],
    [{ system: { ...base, lambda: 1 } }, /system\.lambda: expected a known key, got 'lambda'/],
    [{ system: { ...base, takerCost: 0 }, solve: { taker: 'unlimited' } }, /expected a cost above 0/],
    [
      { system: { ...base, takerCost: 1 }, solve: { taker: 'unlimited', horizon: 3 } },
      /solve\.taker: expected lots a second/,
    ],
    [{ system: base, solve: { driftDecay: 1 } }, /solve\.horizon: expected the end/],
    [{ system: base, solve: { gamma: 1 } }, /solve\.sigma: expected the volatility/],
    [{ system: base, solve: { gamma: 1, sigma: 1 } }, /system\.phi: expected none beside gamma/],
    [
      { system: { ...base, phi: 0, jumps: 'yes', ...both('jump', 0.1) }, solve: { gamma: 1, sigma: 1 } },
      /solve\.gamma: expected one state with equal sides/,
    ],
    [
      { system: base, solve: { horizont: 3 } },
      /solve\.horizont: expected a known key, got 'horizont'; did you mean 'horizon'/,
    ],
    [
      {
        assets: { A: { qMax: 60, ...side }, B: { qMax: 60, ...side } },
        risk: [
          [1, 0],
          [0, 1],
        ],
      },
      /assets: expected at most 1200 inventories in all, got 14641/,
    ],
    [
      { assets: { A: { qMax: 2, qMin: 3, ...side } }, risk: [[1]] },
      /assets\.A\.qMin: expected at most qMax \(2\), got 3/,
    ],
    [
      {
        assets: { A: { qMax: 2, ...side } },
        risk: [
          [1, 2],
          [3, 4],
        ],
      },
      /risk: expected a symmetric matrix of 1 × 1/,
    ],
    [{ assets: { A: { qMax: 2, ...side } } }, /risk: expected the matrix R/],
    [{ assets: { A: { qMax: 2, ...side } }, risk: { gamma: 1 } }, /assets\.A\.sigma: expected the volatility/],
    [
      { assets: { A: { qMax: 2, ...side } }, risk: [[1]], solve: { gamma: 1 } },
      /solve\.gamma: expected only for one asset/,
    ],
  ])('%j', (document, message) => {
    expect(refused(document)).toMatch(message);
  });
});
