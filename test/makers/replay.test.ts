/** Makers on recorded trades: when a quote fills, what it earns, and that a recording of the model's own market fills as the model says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEvaluate, runSimulate } from '../../src/app/index.js';
import { encodeRecording } from '../../src/data/recording/recording-file.js';
import { type MarketSeen, type ReplayRules, replayed } from '../../src/makers/replay.js';
import { training } from '../app/setup.js';
import { madeRecording } from './recordings.js';

/** A step of a second; one lot of 2 units, offsets of .5 whatever the inventory. */
const RULES: ReplayRules = {
  ...{ dt: 1, lot: 2, queue: 0, latency: 0, qMin: -2, qMax: 2, startInventory: 0 },
  ...{ bid: [0.5, 0.5, 0.5, 0.5, null], ask: [null, 0.5, 0.5, 0.5, 0.5], take: [0, 0, 0, 0, 0] },
  ...{ phi: 0.1, rebate: 0.01, takerCost: 0.2, chance: () => 0.25 },
};

/** Trades as [seconds, side, price, size]; the touch 99.5 / 100.5 of 10 units, then as given. */
function market(trades: readonly (readonly number[])[], tops: readonly (readonly number[])[] = []): MarketSeen {
  const column = (rows: readonly (readonly number[])[], k: number) => rows.map((r) => r[k]);
  const all = [[0, 99.5, 100.5, 10, 10], ...tops];
  return {
    trades: {
      ...{ time: column(trades, 0).map((s) => 1000 * s), side: column(trades, 1) },
      ...{ price: column(trades, 2), size: column(trades, 3) },
    },
    tops: {
      ...{ time: column(all, 0).map((s) => 1000 * s), bid: column(all, 1), ask: column(all, 2) },
      ...{ bidSize: column(all, 3), askSize: column(all, 4) },
    },
  };
}

const run = (seen: MarketSeen, rules: Partial<ReplayRules> = {}, steps = 3) =>
  replayed(seen, { ...RULES, ...rules }, 0, steps);

describe('a quote', () => {
  it('fills where a trade goes through it, up to a lot a step, and not where one falls short', () => {
    const { bidFills, askFills, q } = run(
      market([
        [0.5, -1, 99.4, 9],
        [1.5, -1, 99.6, 9],
        [2.5, 1, 100.6, 1],
      ]),
    );
    expect([...bidFills]).toEqual([0, 1, 0, 0]);
    // a unit is half a lot
    expect([...askFills]).toEqual([0, 0, 0, 0.5]);
    expect([...q]).toEqual([0, 1, 1, 0.5]);
  });

  it('at the touch waits for the share of the queue ahead of it, and keeps its place while its price stays', () => {
    const seen = market([
      [0.5, -1, 99.5, 4],
      [1.5, -1, 99.5, 3],
      [2.5, -1, 99.5, 9],
    ]);
    expect([...run(seen, { queue: 0.5 }).bidFills]).toEqual([0, 0, 1, 1]);
    expect([...run(seen, { queue: 1 }).bidFills]).toEqual([0, 0, 0, 1]);
    // nothing ahead, or a better price than the touch
    expect([...run(seen).bidFills]).toEqual([0, 1, 1, 0]);
    expect(run(seen, { queue: 1, bid: [0.4, 0.4, 0.4, 0.4, null] }).bidFills[1]).toBe(1);
  });

  it('that is anew goes to the end of the queue', () => {
    const seen = market(
      [
        [0.5, -1, 99.5, 4],
        [1.5, -1, 99.6, 4],
        [2.5, -1, 99.6, 9],
      ],
      [[0.9, 99.6, 100.6, 8, 8]],
    );
    expect([...run(seen, { queue: 0.5 }).bidFills]).toEqual([0, 0, 0, 1]);
  });

  it('that would cross rests at its own side’s best', () => {
    const { bid, captured } = run(market([[0.5, -1, 99.4, 9]]), { bid: [-3, -3, -3, -3, null] }, 1);
    expect(bid[1]).toBeCloseTo(0.5, 12);
    expect(captured[1]).toBeCloseTo(0.51, 12);
  });

  it('with latency is that of a step ago', () => {
    const seen = market([[1.5, -1, 100.2, 9]], [[0.9, 101.5, 102.5, 10, 10]]);
    // the bid of 99.5 has moved to 101.5 only without it
    expect([...run(seen, {}, 2).bidFills]).toEqual([0, 0, 1]);
    expect([...run(seen, { latency: 1 }, 2).bidFills]).toEqual([0, 0, 0]);
  });

  it('is off at the limits, and an inventory is taken from at a steady rate', () => {
    const trades = [0, 1, 2].map((t) => [t + 0.5, -1, 90, 9]);
    expect([...run(market(trades)).q]).toEqual([0, 1, 2, 2]);
    const { q, takerSells, takerCost } = run(market(trades), { take: [0, 0, 0, 1, 1] });
    expect([...takerSells]).toEqual([0, 0, 1, 1]);
    expect([...q]).toEqual([0, 1, 1, 1]);
    expect(takerCost[3]).toBeCloseTo(0.4, 12);
  });
});

it('money is cash and what is held at the mid, and the sum of its sources', () => {
  const { trades, tops } = madeRecording({ seconds: 200, lambda: 2, kappa: 2, every: 0.5, move: 0.1, half: 0.05 });
  const found = replayed(
    { trades: trades as MarketSeen['trades'], tops },
    { ...RULES, dt: 0.1 },
    1_700_000_000_000,
    1900,
  );
  const { cash, q, mid, pnl, captured, inventoryPnl, takerCost, score, penalty } = found;
  expect(Math.max(...q)).toBe(2);
  for (let t = 0; t <= 1900; t++) {
    expect(cash[t] + q[t] * mid[t]).toBeCloseTo(pnl[t], 9);
    expect(captured[t] - takerCost[t] + inventoryPnl[t]).toBeCloseTo(pnl[t], 9);
    expect(pnl[t] - penalty[t]).toBeCloseTo(score[t], 9);
  }
});

it('without tops the mid is between the last prices that were paid', () => {
  const { trades } = market([
    [0, 1, 101, 1],
    [0, -1, 99, 1],
    [1.5, 1, 103, 1],
  ]);
  expect([...replayed({ trades, tops: null }, RULES, 0, 2).mid]).toEqual([100, 100, 101]);
  // at the touch, which is the price of the last seller, a trade fills it only where nothing is ahead
  const at = market([
    [0, 1, 101, 1],
    [0, -1, 99, 1],
    [0.5, -1, 99, 9],
  ]).trades;
  const filled = (queue: number) =>
    replayed({ trades: at, tops: null }, { ...RULES, queue, bid: [1, 1, 1, 1, null] }, 0, 1).bidFills[1];
  expect(filled(0)).toBe(1);
  expect(filled(0.1)).toBe(0);
});

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'poolgrad-replay-'));
  const file = (name: string) => join(folder, name);
  const checkpoint = file('maker.json');
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeAll(async () => {
    const made = { seconds: 1500, lambda: 1.5, kappa: 2, every: 0.1, move: 0.02, half: 0.05 };
    writeFileSync(file('trades.arrow'), await encodeRecording(madeRecording(made)));
    const set = ['train.iterations=5', 'train.sets=1', 'run.device=wasm', 'run.threads=1'];
    await training({ config: 'configs/maker.yaml', out: checkpoint, set });
  });

  it('evaluates a checkpoint on a recording of its market as on its own scenarios', async () => {
    const out = file('page.html');
    const { text, json } = await runEvaluate({
      checkpoint,
      out,
      json: true,
      data: file('trades.arrow'),
      queue: 0.5,
    });
    const { makers, recording } = json as {
      makers: { policies: Record<string, { figures: Record<string, { mean: number; standardError: number }> }> };
      recording: { queue: number; lot: number };
    };
    expect(recording).toMatchObject({ queue: 0.5, lot: 2 });
    const { objective, fillGap, pnl } = makers.policies.tuned.figures;
    // 13.9 a window by the exact law of the model: orders of a step may fill one lot a side, as there
    expect(Math.abs(objective.mean - 13.9)).toBeLessThan(4 * objective.standardError);
    expect(Math.abs(fillGap.mean)).toBeLessThan(4 * fillGap.standardError);
    expect(pnl.mean).toBeGreaterThan(makers.policies.fixed.figures.objective.mean);
    expect(text).toMatch(/fills by recorded trades over 49 windows of 30 s/);
    expect(text).toMatch(/a lot is 2 units; 50 % of the touch’s size stands ahead/);
    expect(readFileSync(out, 'utf8')).toContain('Where the money came from');
  });

  it('simulates one path through all of it', async () => {
    const out = file('path.csv');
    const { json } = await runSimulate({
      source: checkpoint,
      out,
      json: true,
      data: file('trades.arrow'),
      set: [],
      every: 1,
    });
    expect(json).toMatchObject({ rows: 25, recording: { queue: 1 } });
    const [head, , second] = readFileSync(out, 'utf8').split('\n');
    expect(head).toMatch(/^timestamp,mid,q,state,cash,pnl/);
    expect(second).toMatch(/^2023-11-14T22:14:20/);
  });

  it('refuses what a recording cannot tell, in a line', async () => {
    const asked = { out: file('x.html'), json: true };
    await expect(runEvaluate({ ...asked, checkpoint, queue: 1 })).rejects.toThrow(
      '--queue: expected with --data of a recording of trades, got none; leave it out, or name one',
    );
    await expect(runEvaluate({ ...asked, checkpoint, data: file('trades.arrow'), queue: 2 })).rejects.toThrow(
      '--queue: a share from 0 to 1 was expected, got 2',
    );
    const set = ['train.iterations=1', 'train.sets=1', 'run.device=wasm', 'run.threads=1'];
    await training({ config: 'configs/maker-regimes.yaml', out: file('regimes.json'), set });
    await expect(
      runEvaluate({ ...asked, checkpoint: file('regimes.json'), data: file('trades.arrow') }),
    ).rejects.toThrow(
      'replay: expected a maker that looks at no state of the market (a recording does not tell it), got states: 2',
    );
  });
});
