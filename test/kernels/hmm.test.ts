/** Hamiltonian pools: closed forms, the no-trade band, edges, conservation, what an order costs. */
import { describe, expect, it } from 'vitest';
import { optimalTrade, sides } from '../../kernels/pools/hmm/arbitrage.js';
import { computeFor, creditsFor, creditsOutFor, price, twiceInvariant } from '../../kernels/pools/hmm/curve.js';
import { hmm } from '../../kernels/pools/hmm.js';
import { constant, type Expr } from '../../src/graph/index.js';
import { columns, compute, context } from './hmm-programs.js';

const RHO = [0, 0.05, 0.2, 0.5];

describe('hmm curve', () => {
  it('loses to holding what the closed form says (fee-free, from price 1)', () => {
    // (2/(1+r))·√((2r − ρ(1+r²))/(2(1−ρ))) − 1
    const table = [
      { rho: 0, at15: -0.0202, at2: -0.0572 },
      { rho: 0.05, at15: -0.0224, at2: -0.0634 },
      { rho: 0.2, at15: -0.0305, at2: -0.0871 },
      { rho: 0.5, at15: -0.0619, at2: -0.1835 },
    ];
    for (const r of [1.5, 2, 0.7]) {
      const loss = compute(columns({ rho: RHO }), ({ rho }) => {
        const c = context({ rho: [rho] }, { centre: 0 });
        const start = hmm.init(c, { prices: [constant(1)], weights: [] }, constant(2));
        const m = { prices: [constant(r)], weights: [] };
        const after = hmm.arbitrage(c, start, m).state;
        return {
          il: hmm
            .value(c, after, m.prices)
            .div(hmm.value(c, start, m.prices))
            .sub(1),
        };
      }).il;
      RHO.forEach((rho, i) => {
        const wanted = (2 / (1 + r)) * Math.sqrt((2 * r - rho * (1 + r * r)) / (2 * (1 - rho))) - 1;
        expect(Math.abs(loss[i] - wanted)).toBeLessThan(1e-14);
        if (r === 1.5) expect(loss[i]).toBeCloseTo(table[i].at15, 4);
        if (r === 2) expect(loss[i]).toBeCloseTo(table[i].at2, 4);
      });
    }
  });

  it('is (1+ρ)/(1−ρ) times as deep as constant product at its centre', () => {
    const got = compute(columns({ rho: [...RHO, 0.9] }), ({ rho }) => {
      const c = { rho, x: constant(100), y: constant(100) };
      return { one: creditsFor(c, constant(1)).sub(1), slope: price({ ...c, x: constant(100.0001) }).sub(1) };
    });
    // 101, 91, 67, 33 basis points for 1 % of Ψ
    [101, 91, 67, 33].forEach((bps, i) => {
      expect(Math.round(got.one[i] * 1e4)).toBe(bps);
    });
    [...RHO, 0.9].forEach((rho, i) => {
      expect(got.slope[0] / got.slope[i] / ((1 + rho) / (1 - rho))).toBeCloseTo(1, 5);
    });
  });

  it('has LVR/V = (σ²P²/2)(1 − ρ²)/(2P − ρ(1+P²))² per unit of time', () => {
    // value lost to a fee-free arbitrageur by a move of ±δ: V″(P)·δ²/2, and LVR = −σ²P²V″/2
    const prices = [0.6, 1, 1.7];
    const delta = 1e-4;
    for (const rho of [0, 0.2, 0.4]) {
      const at = (p: number) =>
        compute(columns({ p: [p * (1 - delta), p, p * (1 + delta)] }), ({ p }) => {
          const c = context({ rho: [constant(rho)] }, { centre: 0 });
          const state = hmm.init(c, { prices: [constant(1)], weights: [] }, constant(2));
          const m = { prices: [p], weights: [] };
          return { v: hmm.value(c, hmm.arbitrage(c, state, m).state, m.prices) };
        }).v;
      for (const p of prices) {
        const [down, v, up] = at(p);
        const lvr = -(down - 2 * v + up) / (2 * delta * delta * v);
        const wanted = ((p * p) / 2) * ((1 - rho * rho) / (2 * p - rho * (1 + p * p)) ** 2);
        expect(lvr / wanted, `ρ ${rho}, P ${p}`).toBeCloseTo(1, 5);
      }
    }
  });

  it('swaps along the invariant, in both directions and to the last digit of small trades', () => {
    const got = compute(columns({ rho: [0, 0.05, 0.5, 0.99], size: [1e-9, 0.3, 1e-3, 0.9] }), ({ rho, size }) => {
      const c = { rho, x: constant(3), y: constant(5) };
      const bought = computeFor(c, size);
      const back = creditsFor(c, bought);
      const out = creditsOutFor(c, size);
      const kept = twiceInvariant({ ...c, x: c.x.add(size), y: c.y.sub(out) }).div(twiceInvariant(c));
      return { back: back.div(size), kept };
    });
    for (const v of [...got.back, ...got.kept]) expect(Math.abs(v - 1)).toBeLessThan(5e-15);
  });
});

describe('hmm arbitrage', () => {
  const pool = { psi: 80, theta: 120 };
  /** One asset with scale 1, everything by lane. */
  const trade = (lanes: { rho: number[]; market: number[]; risk: number[]; outside: number[] }) =>
    compute(columns(lanes), ({ rho, market, risk, outside }) => {
      const c = { rho, x: constant(pool.psi), y: constant(pool.theta) };
      const side = sides(c, market, outside, constant(1));
      const t = optimalTrade(c, { market, risk }, outside, side);
      return { ...t };
    });

  it('leaves the band [P(1−f), P/(1−f)] alone, whatever the risk fee', () => {
    const factor = [0.9, 1 - 0.0100001, 1 - 0.0099999, 1, 1 / (1 - 0.0099999), 1 / (1 - 0.0100001), 1.2];
    const got = compute(columns({ p: factor }), ({ p }) => {
      const c = context({ rho: [constant(0.2)], marketFee: [constant(0.01)], riskFee: [constant(0.5)] }, { centre: 0 });
      const state = { x: [constant(100)], theta: [constant(100)], centre: [], volatility: [] };
      const { state: after, fees } = hmm.arbitrage(c, state, { prices: [p], weights: [] });
      return { psi: after.x[0], theta: after.theta[0], fees };
    });
    expect([...got.psi].map((x) => Math.sign(x - 100))).toEqual([1, 1, 0, 0, 0, -1, -1]);
    expect([...got.theta].map((x) => Math.sign(x - 100))).toEqual([-1, -1, 0, 0, 0, 1, 1]);
    expect([...got.fees].map((x) => x > 0)).toEqual([true, true, false, false, false, true, true]);
  });

  it('cannot be bettered by trading a little more or less, and creates no value', () => {
    const lanes = {
      rho: [0.05, 0.05, 0.5, 0.5, 0, 0.9, 0.3, 0.3],
      market: [0.003, 0.003, 0, 0.01, 0.003, 0.001, 0.05, 0.002],
      risk: [0.02, 0.02, 1, 0.2, 0, 0.1, 5, 1e-300],
      outside: [2, 1, 1.6, 1.2, 100, 1.05, 3, 0.7],
    };
    const got = trade(lanes);
    const better = (by: number) =>
      compute(
        columns({
          ...lanes,
          r: [...got.amount].map((r) => r * by),
          buys: [...got.x].map((x) => (x < pool.psi ? 1 : 0)),
        }),
        (v) => {
          const c = { rho: v.rho, x: constant(pool.psi), y: constant(pool.theta) };
          const fee = v.market.add(v.risk.mul(v.r).div(c.x));
          const keep = fee.neg().add(1);
          const buy = v.outside.mul(v.r).sub(creditsFor(c, v.r).div(keep));
          const sell = creditsOutFor(c, v.r.mul(keep)).sub(v.outside.mul(v.r));
          return { profit: v.buys.mul(buy).add(v.buys.neg().add(1).mul(sell)) };
        },
      ).profit;
    const [less, same, more] = [0.999, 1, 1.001].map(better);
    lanes.outside.forEach((p, i) => {
      const v = pool.psi * p + pool.theta;
      expect(got.amount[i], `lane ${i}`).toBeGreaterThan(0);
      expect(Math.abs(same[i] - got.profit[i])).toBeLessThan(1e-14 * v);
      expect(less[i]).toBeLessThan(got.profit[i]);
      expect(more[i]).toBeLessThan(got.profit[i]);
      // what the pool loses at the outside price is what the arbitrageur gains
      expect(Math.abs((got.x[i] - pool.psi) * p + (got.y[i] - pool.theta) + got.profit[i])).toBeLessThan(1e-14 * v);
    });
  });

  it('keeps the fees: without them the pool would be on its old curve', () => {
    const [f, risk, p] = [0.003, 0.02, 1.9];
    const got = trade({ rho: [0.2, 0.2], market: [f, f], risk: [risk, risk], outside: [p, 1 / p] });
    for (const i of [0, 1]) {
      const rate = f + (risk * got.amount[i]) / pool.psi;
      const [x, y] = i === 0 ? [got.x[i], got.y[i] - got.fees[i]] : [got.x[i] - got.fees[i] * p, got.y[i]];
      const h = (a: number, b: number) => a * b + 0.1 * (a * a + b * b);
      expect(h(x, y) / h(pool.psi, pool.theta)).toBeCloseTo(1, 13);
      expect(got.fees[i]).toBeCloseTo(i === 0 ? rate * (got.y[0] - pool.theta) : (rate * got.amount[1]) / p, 13);
    }
  });

  it('stops where the pool runs out, on either side, and trades back', () => {
    // λ_r = .01 moves where the edge binds: at 5.1 the last unit is not worth its risk fee
    const got = trade({
      rho: [0.2, 0.2, 0.2, 0.2],
      market: [0.003, 0.003, 0.003, 0.003],
      risk: [0.01, 0.01, 0.01, 0.01],
      outside: [9, 5.03, 0.05, 0.199],
    });
    const full = Math.sqrt((2 * pool.psi * pool.theta + 0.2 * (pool.psi ** 2 + pool.theta ** 2)) / 0.2);
    expect(got.x[0]).toBeGreaterThan(0);
    expect(got.x[0]).toBeLessThan(1e-12);
    expect(got.y[0] - got.fees[0]).toBeCloseTo(full, 10);
    expect(got.x[1]).toBeGreaterThan(1e-3);
    expect(Math.abs(got.y[2])).toBeLessThan(1e-12);
    expect(got.x[2] - got.fees[2] / 0.05).toBeCloseTo(full, 10);
    expect(got.y[3]).toBeGreaterThan(1e-3);
    const back = compute(columns({ empty: [0, 1] }), ({ empty }) => {
      const c = context(
        { rho: [constant(0.2)], marketFee: [constant(0.003)], riskFee: [constant(0.01)] },
        { centre: 0 },
      );
      const state = hmm.init(c, { prices: [empty.mul(20).add(0.01)], weights: [] }, constant(100));
      let after = state;
      for (let i = 0; i < 20; i++) after = hmm.arbitrage(c, after, { prices: [constant(1)], weights: [] }).state;
      return { p: after.theta[0].add(after.x[0].mul(0.2)).div(after.x[0].add(after.theta[0].mul(0.2))) };
    }).p;
    expect(back[0]).toBeCloseTo(0.997, 3);
    expect(back[1]).toBeCloseTo(1.003, 3);
  });
});

describe('hmm model', () => {
  const prices = (...p: (number | Expr)[]) => ({
    prices: p.map((x) => (typeof x === 'number' ? constant(x) : x)),
    weights: [],
  });

  it('starts at the outside prices with the given value, in equal parts, at any price scale', () => {
    const got = compute(columns({ scale: [1, 0.3, 4] }), ({ scale }) => {
      const c = context({ rho: [constant(0.05), constant(0.2)], priceScale: [scale, scale] }, { centre: 1 });
      const m = prices(40000, 0.02);
      const state = hmm.init(c, m, constant(1000));
      const { fees, state: after } = hmm.arbitrage(c, state, m);
      const [psi, , theta] = hmm.reserves(state, c);
      const part = psi.mul(m.prices[0]).add(theta);
      return { value: hmm.value(c, state, m.prices), part, fees, moved: after.x[0].sub(state.x[0]) };
    });
    for (const i of [0, 1, 2]) {
      expect(got.value[i]).toBeCloseTo(1000, 10);
      expect(got.part[i]).toBeCloseTo(500, 10);
      expect([got.fees[i], got.moved[i]]).toEqual([0, 0]);
    }
  });

  it('is the same pool in other units of compute: P·c, s·c, Ψ/c', () => {
    const got = compute(columns({ unit: [1, 8] }), ({ unit }) => {
      const c = context({ rho: [constant(0.2)], priceScale: [unit.mul(1.3)] }, { centre: 0 });
      const state = hmm.init(c, prices(unit), constant(100));
      const m = prices(unit.mul(1.5));
      const { state: after, fees } = hmm.arbitrage(c, state, m);
      return {
        x: after.x[0],
        theta: after.theta[0],
        fees,
        cost: hmm.orderCost(c, after, m, constant(0.01)).cost,
      };
    });
    for (const v of Object.values(got)) expect(v[1]).toBe(v[0]);
  });

  it('charges an order its fee and the slope of the curve', () => {
    const size = 1e-4;
    const got = compute(columns({ rho: RHO }), ({ rho }) => {
      const c = context({ rho: [rho, rho], marketFee: [constant(0.003)], riskFee: [constant(0.02)] }, { centre: 1 });
      const m = prices(7, 9);
      return hmm.orderCost(c, hmm.init(c, m, constant(1e6)), m, constant(size));
    });
    RHO.forEach((rho, i) => {
      // at the centre half of the value is Ψ: an order of ε·value is 2ε of it, and moves the price by 4ε/C; half of that on average
      expect(got.fee[i]).toBeCloseTo(0.003 + 0.02 * 2 * size, 12);
      expect((got.cost[i] - got.fee[i]) / (2 * size * ((1 - rho) / (1 + rho)))).toBeCloseTo(1, 5);
    });
  });

  it('raises its curvature with the flow and lets it sink again, when asked to', () => {
    expect(Object.keys(hmm.parameters({ dynamicCurvature: 0 }))).not.toContain('alpha');
    expect(Object.keys(hmm.parameters({ dynamicCurvature: 1 }))).toContain('alpha');
    const got = compute(columns({ alpha: [0, 2] }), ({ alpha }) => {
      const values = { rho: [constant(0.1)], alpha: [alpha], marketFee: [constant(0.003)], riskFee: [constant(0.02)] };
      const c = context(values, { centre: 0, dynamicCurvature: 1 });
      const start = hmm.init(c, prices(1), constant(100));
      const moved = hmm.arbitrage(c, start, prices(1.5)).state;
      const calm = hmm.arbitrage(c, moved, prices(1.2)).state;
      const cost = (s: typeof start) => hmm.orderCost(c, s, prices(1), constant(1e-3)).cost;
      return {
        volatility: moved.volatility[0],
        psi: moved.x[0],
        start: start.x[0],
        calm: calm.volatility[0],
        cost: cost(moved),
      };
    });
    const forgotten = 1 - Math.exp(-1 / 10080);
    for (const i of [0, 1]) {
      expect(got.volatility[i]).toBeCloseTo(((got.start[i] - got.psi[i]) / got.start[i]) * 1440 * forgotten, 13);
    }
    expect(got.cost[1]).not.toBe(got.cost[0]);
    // a flat curve at 1.44 jumps towards its centre when it bends more: re-based on its reserves, so nothing is given away
    expect(got.calm[0]).not.toBe(got.calm[1]);
  });

  it('scales every reserve', () => {
    const got = compute(columns({ f: [1, 1.25] }), ({ f }) => {
      const c = context({ rho: [constant(0.1)] }, { centre: 1 });
      const state = hmm.scale(hmm.init(c, prices(3), constant(80)), f);
      return {
        v: hmm.value(c, state, [constant(3)]),
        psi: hmm.reserves(state, c)[0],
        theta: hmm.reserves(state, c)[1],
      };
    });
    expect(got.v[1] / got.v[0]).toBeCloseTo(1.25, 14);
    expect(got.psi[1] / got.psi[0]).toBeCloseTo(1.25, 14);
    expect(got.theta[1] / got.theta[0]).toBeCloseTo(1.25, 14);
  });
});
