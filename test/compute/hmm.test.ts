/** A market that trades: what is spent, what is kept, what is refused; and that changes alone give the same market. */
import { describe, expect, it } from 'vitest';
import { invariantOf, priceOf } from '../../src/compute/curve.js';
import { type Change, FOUNDER, HMM, type Trades } from '../../src/compute/hmm.js';
import { Slipped, within } from '../../src/compute/orders.js';
import type { ComputeMarket } from '../../src/compute/quote.js';
import { quote } from '../../src/compute/quote.js';
import { Unroutable } from '../../src/compute/route/problem.js';
import { marketOf } from '../../src/config/market.js';
import { numbersOf } from './markets.js';
import { problemOf } from './routes.js';

const market = (riskScope: 'asset' | 'pool' = 'asset'): ComputeMarket =>
  marketOf({
    riskScope,
    venues: [
      { name: 'gpu-west', resource: 'gpu', region: 'us-west', latency: 12, compute: 500, credits: 1000, priceScale: 2 },
      {
        name: 'gpu-north',
        resource: 'gpu',
        region: 'eu-north',
        latency: 120,
        compute: 900,
        credits: 1350,
        curvature: 0.2,
        priceScale: 1.5,
      },
      {
        name: 'cpu',
        resource: 'cpu',
        region: 'us-west',
        latency: 10,
        compute: 2500,
        credits: 900,
        curvature: 0,
        priceScale: 0.4,
      },
    ],
  });

describe.each(['asset', 'pool'] as const)('risk scope %s', (riskScope) => {
  it('spends the credits that are given, to 1e-10 of them, and no more', () => {
    for (let seed = 0; seed < 60; seed++) {
      const { venues, marketFee, riskFee, groups } = problemOf(seed, { resources: 3, riskScope });
      const pick = numbersOf(seed);
      const given = Object.fromEntries(
        groups.map((g) => {
          const { resource, theta } = venues[g.venues[0]];
          return [resource, theta * 10 ** pick(-4, 0)];
        }),
      );
      const latencyMs =
        seed % 2 === 0 ? undefined : Math.max(...groups.map((g) => Math.min(...(g.latency ?? [])) * pick(1, 2)));
      const hmm = new HMM({ venues, marketFee, riskFee, riskScope });
      const found = hmm.quoteBuy({ deltaTheta: given, sla: { latencyMs } });
      expect(found.deltaTheta).toEqual(given);
      // the other way round it costs the same
      const back = hmm.quoteBuy({ need: found.deltaPsi, sla: { latencyMs } });
      for (const [name, credits] of Object.entries(given)) {
        expect(back.deltaTheta[name]).toBeLessThanOrEqual(credits);
        expect(back.deltaTheta[name]).toBeGreaterThan(credits * (1 - 1e-10));
      }
      const paid = found.lines.reduce((sum, line) => sum + line.gross, 0);
      expect(paid / found.total).toBeCloseTo(1, 14);
      // what does not move is not slippage
      expect(hmm.swap({ ...within(found, 0), sla: { latencyMs } }).deltaPsi).toEqual(found.deltaPsi);
    }
  });

  it('keeps every credit: what is paid is in the pools, the treasury, or burned', () => {
    const hmm = new HMM(market(riskScope));
    const credits = () => {
      const { venues, treasury, burned } = hmm.state();
      return venues.reduce((sum, v) => sum + v.theta, treasury + burned);
    };
    const pick = numbersOf(7);
    for (let i = 0; i < 200; i++) {
      const before = credits();
      if (i % 3 === 2) {
        const { total } = hmm.sell({ deltaPsi: { 'gpu-west': pick(1, 20), cpu: pick(1, 20) } });
        expect(credits() + total).toBeCloseTo(before, 9);
      } else {
        const { total, fee } = hmm.swap({ deltaTheta: { gpu: pick(1, 30), cpu: pick(1, 10) } });
        expect(credits() - total).toBeCloseTo(before, 9);
        expect(fee).toBeGreaterThan(0.003 * total * (1 - 1e-12));
      }
    }
    const { treasury, burned } = hmm.state();
    // τ(1 − ζ) to ζ of the market fee
    expect(treasury / burned).toBeCloseTo((0.2 * 0.75) / 0.25, 12);
  });
});

it('refuses to trade beyond the tolerance, and changes nothing', () => {
  const hmm = new HMM(market());
  const seen = hmm.quoteBuy({ deltaTheta: { gpu: 100 } });
  hmm.swap({ need: { gpu: 300 } });
  const before = hmm.state();
  expect(() => hmm.swap(within(seen, 0.05))).toThrow(Slipped);
  expect(() => hmm.swap({ need: seen.deltaPsi, maxTheta: seen.deltaTheta })).toThrow(
    /^swap: at most 100.* credits of gpu/,
  );
  expect(hmm.state()).toEqual(before);
  const done = hmm.swap(within(seen, 0.5));
  expect(done.deltaPsi.gpu).toBeGreaterThan(0.5 * seen.deltaPsi.gpu);
  expect(() => hmm.swap({ need: { gpu: 1 }, minPsi: { cpu: 1 } })).toThrow('limits of gpu were expected');
});

it('says what is available', () => {
  const hmm = new HMM(market());
  const refused = (call: () => unknown): Unroutable => {
    try {
      call();
    } catch (error) {
      if (error instanceof Unroutable) return error;
      throw error;
    }
    throw new Error('nothing was refused');
  };
  const dear = refused(() => hmm.quoteBuy({ deltaTheta: { cpu: 1e9 } }));
  expect(dear.reason).toBe('credits');
  expect(hmm.quoteBuy({ deltaTheta: { cpu: dear.available * 0.999 } }).deltaPsi.cpu).toBeGreaterThan(2400);
  const many = refused(() => hmm.quoteBuy({ need: { gpu: 5000 } }));
  expect(many.available).toBeCloseTo(0.999 * 1400, 9);
  // within a latency, as much of the slow as the fast make up for
  const slow = refused(() => hmm.quoteBuy({ deltaTheta: { gpu: 1e9 }, sla: { latencyMs: 50 } }));
  const within50 = 0.999 * 500 * (1 + (50 - 12) / (120 - 50));
  expect(slow.message).toContain(`all ${String(within50).slice(0, 9)}`);
  expect(() => hmm.quoteBuy({})).toThrow('one of deltaTheta (credits to spend) and need (units)');
  expect(() => hmm.quoteBuy({ need: { gpu: Number.NaN } })).toThrow('need of gpu above 0');
  expect(() => hmm.sell({ deltaPsi: { gpu: 1 } })).toThrow('a venue among gpu-west, gpu-north was expected, got gpu');
});

it('takes the printed constructor: an equal part of κ for each resource', () => {
  const hmm = new HMM({ resources: ['gpu', 'vram'], initialReserves: [1e5, 4e5], kappa: 1e12, lambdaCurvature: 0.05 });
  for (const v of hmm.state().venues) expect(invariantOf(v) / 5e11).toBeCloseTo(1, 14);
  const seen = hmm.quoteBuy({ deltaTheta: { gpu: 100, vram: 512 }, sla: {} });
  expect(hmm.swap(within(seen, 0.05))).toEqual(seen);
  expect(() => new HMM({ resources: ['gpu'], initialReserves: [1e5], kappa: 1, lambdaCurvature: 0.05 })).toThrow(
    'a kappa of more than λΨ²/2',
  );
});

it('sells down to the clip and not beyond', () => {
  const given = market();
  const most = (hmm: HMM, name: string): number => {
    try {
      hmm.quoteSell({ deltaPsi: { [name]: 1e12 } });
    } catch (error) {
      return Number(/at most ([\d.e+]+) /.exec((error as Error).message)?.[1]);
    }
    return Number.POSITIVE_INFINITY;
  };
  const room = new HMM(given);
  const end = most(room, 'gpu-north');
  room.sell({ deltaPsi: { 'gpu-north': end * (1 - 1e-12) } });
  const left = room.state().venues[1].theta;
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(10);
  // ρ = 0 never runs out: it is the fee that ends it, where more is paid for less
  const dear = new HMM({ ...given, riskFee: 2 });
  const top = most(dear, 'cpu');
  expect(top).toBeCloseTo((0.997 * 2500) / 4, 9);
  const paid = (x: number) => dear.quoteSell({ deltaPsi: { cpu: x } }).total;
  expect(paid(top * 0.999)).toBeLessThan(paid(top * 0.9999999));
});

it('gives shares in proportion, and back what was over', () => {
  const hmm = new HMM(market());
  const [gpu] = hmm.state().venues;
  const price = priceOf(gpu);
  const added = hmm.addLiquidity({
    deltaPsi: { 'gpu-west': 50, cpu: 25 },
    deltaTheta: { 'gpu-west': 200, cpu: 9 },
    provider: 'ann',
  });
  expect(added.shares['gpu-west']).toBeCloseTo(0.1 * Math.sqrt(500 * 1000), 12);
  expect(added.back.deltaTheta).toEqual({ 'gpu-west': 100, cpu: 0 });
  expect(priceOf(hmm.state().venues[0])).toBeCloseTo(price, 14);
  expect(() => hmm.removeLiquidity({ shares: { cpu: 1e4 }, provider: 'ann' })).toThrow("are ann's, got 10000");
  expect(() => hmm.removeLiquidity({ shares: { cpu: 1 }, provider: 'bob' })).toThrow(
    "at most 0 shares of cpu are bob's",
  );
  hmm.swap({ need: { gpu: 100 }, sla: { region: 'us-west' } });
  const out = hmm.removeLiquidity({ shares: added.shares, provider: 'ann' });
  // fees stay: the founder's part of gpu-west and hers grew alike
  expect(out.deltaTheta['gpu-west']).toBeGreaterThan(100);
  expect(out.deltaPsi.cpu).toBeCloseTo(25, 12);
  const founder = hmm.state().holdings[FOUNDER];
  expect(() => hmm.removeLiquidity({ shares: founder, provider: FOUNDER })).toThrow('a pool must not be emptied');
});

it('is the same market to the bit after the same changes', () => {
  const [live, copy] = [new HMM(market()), new HMM(market())];
  const pick = numbersOf(3);
  for (let i = 0; i < 100; i++) {
    const calls: (() => { change: Change })[] = [
      () => live.plan('swap', { deltaTheta: { gpu: pick(1, 40) } }),
      () => live.plan('sell', { deltaPsi: { cpu: pick(1, 40) } }),
      () => live.plan('addLiquidity', { deltaPsi: { cpu: 5 }, deltaTheta: { cpu: pick(1, 3) }, provider: `p${i % 7}` }),
    ];
    const { change } = calls[i % 3]();
    live.apply(change);
    copy.apply(JSON.parse(JSON.stringify(change)));
  }
  expect(copy.state()).toEqual(live.state());
  expect(quote(copy.market, { need: { gpu: 10 } })).toEqual(quote(live.market, { need: { gpu: 10 } }));
  const none: Trades['sell'][0] = { deltaPsi: {} };
  expect(() => live.sell(none)).toThrow('deltaPsi of something was expected');
});
