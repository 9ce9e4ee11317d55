/** E-CLP pools: the curve against figures of 60 digits, closed forms of value and depth, limits, ends of the range, any raw number. */
import { describe, expect, it } from 'vitest';
import {
  between,
  ellipse,
  grown,
  mirrored,
  mirroredPlace,
  outFor,
  place,
  reservesAt,
} from '../../kernels/pools/e-clp/curve.js';
import { type EclpState, eclp } from '../../kernels/pools/e-clp.js';
import { constant, type Expr, where } from '../../src/graph/index.js';
import { MINUTES } from '../../src/rollout/clock.js';
import type { ModelContext } from '../../src/rollout/model.js';
import { columns, compute } from './hmm-programs.js';

/**
 * q, λ, α, β, p and what follows from |A(t − o)| = r with r·cos φ = 1, found by bisection in 60 digits: x, y; two amounts
 * of x paid in, each with what it buys of y; additions f_x = x/1000, f_y = 2y/10⁵ with ℓ and p of the pool that has them.
 */
const FIGURES = [
  [
    1, 1, 0.5, 2, 0.9, 0.31885206785760567, 0.21373440161207838, 3.1360346417607017e-7, 2.822430330875088e-7,
    0.09408103925282106, 0.07759858570509627, 0.00031885206785760566, 4.2746880322415676e-6, 1.0005816367192815,
    0.8997704809241506,
  ],
  [
    1, 1, 0.001, 1000.0, 30.0, 0.0007843129722077226, 1.3670985705236895, 1.4120143294393695e-6, 4.234138272492209e-5,
    0.4236042988318109, 0.9629589636172032, 7.843129722077226e-7, 2.7341971410473793e-5, 1.0000365776507854,
    29.985560600547053,
  ],
  [
    1, 50, 0.9, 1.1, 1.0003, 45.11143266335135, 46.469358122170114, 4.7758866370165685e-5, 4.7773193117225416e-5,
    14.327659911049706, 14.248724719096717, 0.04511143266335135, 0.0009293871624434023, 1.0005028057406353,
    1.000282056446239,
  ],
  [
    1, 4000, 0.998, 1.002, 1.0001, 3095.1769914071765, 4664.486727856609, 0.0046659632783070315, 0.0046664298731915,
    1399.7889834921093, 1399.8040091606103, 3.0951769914071767, 0.09328973455713219, 1.0004109261625014,
    1.0000997583766564,
  ],
  [
    1, 4000, 0.9, 1.1, 0.93, 7999.84821380045, 0.04775258990314115, 5.2038083880744636e-8, 4.839541754464379e-8,
    0.015611425164223392, 0.014473284608410669, 7.99984821380045, 9.55051798062823e-7, 1.000999993709871,
    0.9299827498531105,
  ],
  [
    1, 4000, 0.9, 1.1, 1.05, 0.14998504981988167, 7999.739267804147, 0.007999750266834511, 0.008395815463132516,
    2399.9250800503532, 2401.7378386058026, 0.00014998504981988167, 0.15999478535608294, 1.0000200192919073,
    1.04998163478778,
  ],
  [
    1.05, 800, 0.95, 1.25, 1.2499999, 6.904882515379637e-8, 1679.6610662351538, 0.0015996561622196443,
    0.0019977382341457716, 479.89684866589323, 505.78934233311384, 6.904882515379636e-11, 0.033593221324703076,
    1.0000200000000503, 1.2499998999020019,
  ],
  [
    16.5, 300, 14, 20, 16.4, 307.61723656789314, 4184.766336025192, 0.00026518874667521604, 0.004349095338714032,
    79.5566240025648, 1294.7939056634905, 0.30761723656789314, 0.08369532672050384, 1.000555662238484,
    16.399585212751806,
  ],
  [
    0.0002, 3, 0.00015, 0.0004, 0.00015001, 0.00224990947969163, 1.3500449409435578e-11, 8.999999606303508e-14,
    1.3500899408965894e-17, 2.6999998818910527e-8, 4.05022932282654e-12, 2.2499094796916304e-6, 2.7000898818871157e-16,
    1.0009999608012978, 0.00015000999021050741,
  ],
  [
    1.001, 5000, 0.9999, 1.0021, 1.00100001, 4697.332174963583, 4702.88575473989, 0.00469950381010666,
    0.004704203360027508, 1409.8511430319982, 1411.1797787632913, 4.6973321749635835, 0.0940577150947978,
    1.000509955369044, 1.0009998257575246,
  ],
];
const NAMES = ['q', 'lambda', 'alpha', 'beta', 'p', 'x', 'y', 'paid', 'out', 'paid2', 'out2', 'fx', 'fy', 'l', 'p2'];
const figure = (name: string): number[] => FIGURES.map((row) => row[NAMES.indexOf(name)]);
const FIGURE_COLUMNS = columns(Object.fromEntries(NAMES.map((name) => [name, figure(name)])));

const curveOf = (v: Readonly<Record<string, Expr>>) => ellipse(v.q, v.lambda, v.alpha, v.beta);

const context = (value: Readonly<Record<string, Expr | number>>, settings = {}): ModelContext => ({
  n: 2,
  clock: MINUTES,
  value: Object.fromEntries(
    Object.entries({ peak: 1, below: 0.5, above: 0.5, lambda: 5, fee: 0, ...value }).map(([key, x]) => [
      key,
      [typeof x === 'number' ? constant(x) : x],
    ]),
  ),
  raw: {},
  settings: { centre: 0, arbitrageEvery: 1, arbitrageCosts: 0, gasGate: 0, protocolShare: 0, ...settings },
});
const at = (...prices: (Expr | number)[]) => ({
  prices: prices.map((p) => (typeof p === 'number' ? constant(p) : p)),
  weights: [],
});

describe('the ellipse', () => {
  const largest = (got: Float64Array, wanted: readonly number[]) =>
    Math.max(...wanted.map((w, i) => Math.abs(got[i] / w - 1)));

  it('has the reserves and the swaps of the invariant to the last digits, for λ up to 5000', () => {
    const got = compute(FIGURE_COLUMNS, (v) => {
      const e = curveOf(v);
      const here = place(e, v.p);
      const { x, y } = reservesAt(e, here);
      const one = constant(1);
      const end = grown(e, here, one, [v.x, v.y], [v.paid2, v.out2.neg()]);
      return {
        x,
        y,
        out: outFor(e, here, one, v.paid),
        out2: outFor(e, here, one, v.paid2),
        kept: end.l,
        back: outFor(mirrored(e), mirroredPlace(e.q, place(e, end.p)), e.q, v.out2),
      };
    });
    for (const name of ['x', 'y', 'out', 'out2'] as const) expect(largest(got[name], figure(name))).toBeLessThan(2e-15);
    // a trade of 30 % is more than what a pool grows by: some digits less
    expect(largest(got.kept, new Array(FIGURES.length).fill(1))).toBeLessThan(1e-13);
    // what has been sold comes back: through the price that the pool has then
    expect(largest(got.back, figure('paid2'))).toBeLessThan(2e-14);
  });

  it('finds size and price of the pool that has something more', () => {
    const got = compute(FIGURE_COLUMNS, (v) => {
      const e = curveOf(v);
      return grown(e, place(e, v.p), constant(1), [v.x, v.y], [v.fx, v.fy]);
    });
    expect(largest(got.l, figure('l'))).toBeLessThan(1e-15);
    expect(largest(got.p, figure('p2'))).toBeLessThan(2e-15);
  });

  it('is as deep as dx/dp = −ℓ·λ²(1 + q²)²/n³, from either side', () => {
    const step = 1e-6;
    const got = compute(FIGURE_COLUMNS, (v) => {
      const e = curveOf(v);
      const [low, high] = [v.p.mul(1 - step), v.p.mul(1 + step)].map((p) => place(e, p));
      return between(e, low, high);
    });
    FIGURES.forEach(([q, lambda, , , p], i) => {
      const n = Math.hypot(lambda * (p - q), q * p + 1);
      const slope = (lambda ** 2 * (1 + q * q) ** 2) / n ** 3;
      // the step is 0.4 % of the width of the peak where λ is 4000
      expect(got.x[i] / (-slope * 2 * step * p)).toBeCloseTo(1, 4);
      expect(got.y[i] / (slope * p * 2 * step * p)).toBeCloseTo(1, 4);
    });
  });
});

describe('a deployed pool', () => {
  it('quotes its swaps', () => {
    // Sepolia at block 7748718, from balancer/balancer-maths: one of each asset, fee 1 %, i the asset that is paid in
    const range = [0.9985022466300549, 1.0002000400080016] as const;
    const swaps = [
      { i: 1, paid: 1, out: 0.9899800038771802 },
      { i: 1, paid: 1.0099488370678e-5, out: 1e-5 },
      { i: 0, paid: 1, out: 0.9895294882583737 },
      { i: 0, paid: 1.0102532135967e-5, out: 1e-5 },
    ];
    const shape = () => ellipse(constant(1), constant(4000), constant(range[0]), constant(range[1]));
    // the price at which the reserves are equal: within 65 prices, ten times
    let [low, high]: readonly number[] = range;
    for (let k = 0; k < 10; k++) {
      const prices = Array.from({ length: 65 }, (_, j) => low + ((high - low) * j) / 64);
      const { more } = compute(columns({ p: prices }), ({ p }) => {
        const { x, y } = reservesAt(shape(), place(shape(), p));
        return { more: x.sub(y) };
      });
      const next = more.findIndex((v) => v < 0);
      [low, high] = [prices[next - 1], prices[next]];
    }
    const { out } = compute(
      columns({ i: swaps.map((s) => s.i), net: swaps.map((s) => 0.99 * s.paid) }),
      ({ i, net }) => {
        const e = shape();
        const here = place(e, constant(low));
        const size = reservesAt(e, here).x.reciprocal();
        const sold = outFor(e, here, size, net);
        return { out: where(i.greater(0), outFor(mirrored(e), mirroredPlace(e.q, here), size, net), sold) };
      },
    );
    // contracts round against the trader, by λ times 1e-18 or so: 1e-14 of one, 1e-9 of 1e-5
    swaps.forEach((s, j) => {
      expect(Math.abs(out[j] / s.out - 1)).toBeLessThan(s.out > 0.1 ? 1e-13 : 2e-9);
    });
  });
});

describe('e-clp', () => {
  it('without a stretch and a range is a circle: (x − r)² + (y − r)² = r²', () => {
    const prices = [0.2, 0.5, 1, 1.7, 8];
    const wide = { lambda: 1, below: 2 ** 20, above: 2 ** 20 };
    const got = compute(columns({ p: prices }), ({ p }) => {
      const state = eclp.init(context(wide), at(p, 1), constant(1)) as EclpState;
      return { x: state.reserves[0], y: state.reserves[1] };
    });
    prices.forEach((p, i) => {
      // r − x = rp/√(1 + p²) and r − y = r/√(1 + p²), to 1e-6 since the range is not endless
      const [x, y] = [1 - p / Math.hypot(1, p), 1 - 1 / Math.hypot(1, p)];
      expect(Math.abs(got.x[i] * (p * x + y) - x)).toBeLessThan(2e-6);
      expect(Math.abs(got.y[i] * (p * x + y) - y)).toBeLessThan(2e-6);
    });
  });

  it('of much stretch trades at the peak, of a narrow range within it', () => {
    const cost = (values: Readonly<Record<string, number>>) =>
      compute(columns({ size: [0.1] }), ({ size }) => {
        const c = context(values);
        return { cost: eclp.orderCost(c, eclp.init(c, at(1, 1), constant(1)), at(1, 1), size).cost };
      }).cost[0];
    const flat = [1, 10, 100, 1e4, 1e6].map((lambda) => cost({ lambda }));
    const narrow = [0.5, 0.1, 1e-3, 1e-6].map((width) => cost({ below: width, above: width, lambda: 1 }));
    for (const ladder of [flat, narrow]) expect([...ladder].sort((a, b) => b - a)).toEqual(ladder);
    expect(flat[4]).toBeLessThan(1e-6);
    expect(narrow[3]).toBeLessThan(1e-6);
    expect(Math.min(...flat, ...narrow)).toBeGreaterThan(0);
  });

  it('is worth ℓ·(pX(β) + Y(α) − n(p)) without a fee, and all of one asset beyond the range', () => {
    const prices = [0.3, 0.7, 0.95, 1, 1.2, 1.499, 1.51, 4];
    const [lambda, alpha, beta] = [5, 1 / 1.5, 1.5];
    const n = (p: number) => Math.hypot(lambda * (p - 1), p + 1);
    const [top, right] = [
      (alpha + 1 - lambda ** 2 * (alpha - 1)) / n(alpha),
      (lambda ** 2 * (beta - 1) + beta + 1) / n(beta),
    ];
    const worth = (p: number) => {
      const inside = Math.min(Math.max(p, alpha), beta);
      const x = right - (lambda ** 2 * (inside - 1) + inside + 1) / n(inside);
      const y = top - (inside + 1 - lambda ** 2 * (inside - 1)) / n(inside);
      return p * x + y;
    };
    const got = compute(columns({ p: prices }), ({ p }) => {
      const c = context({});
      const { state } = eclp.arbitrage(c, eclp.init(c, at(1, 1), constant(100)), at(p, 1));
      return {
        v: eclp.value(c, state, [p, constant(1)]),
        x: eclp.reserves(state, c)[0],
        y: eclp.reserves(state, c)[1],
      };
    });
    prices.forEach((p, i) => {
      expect(got.v[i] / ((100 * worth(p)) / worth(1))).toBeCloseTo(1, 13);
      expect([got.x[i] > 0, got.y[i] > 0]).toEqual([p < beta, p > alpha]);
      expect(Math.min(got.x[i], got.y[i])).toBeGreaterThanOrEqual(0);
    });
  });

  it('rests at the ends of its range, to the bit, and trades back from them', () => {
    const got = compute(columns({ p: [3, 0.2] }), ({ p }) => {
      const c = context({ fee: 0.01 });
      const start = eclp.init(c, at(1, 1), constant(100));
      const once = eclp.arbitrage(c, start, at(p, 1)).state;
      const twice = eclp.arbitrage(c, once, at(p.mul(1.1), 1));
      const other = eclp.arbitrage(c, once, at(p.mul(0.9), 1));
      const back = eclp.arbitrage(c, once, at(1, 1)).state;
      return {
        x: once.reserves[0],
        y: once.reserves[1],
        price: once.price,
        moved: twice.state.reserves[0]
          .sub(once.reserves[0])
          .abs()
          .add(other.state.reserves[0].sub(once.reserves[0]).abs()),
        fees: twice.fees.add(other.fees),
        back: back.price,
      };
    });
    expect([got.x[0], got.y[1]]).toEqual([0, 0]);
    expect([...got.price]).toEqual([1.5, 1 / 1.5]);
    expect([...got.moved, ...got.fees]).toEqual([0, 0, 0, 0]);
    // but for the fee, which moves the price back a little
    expect(got.back[0]).toBeGreaterThan(1 / 0.99 - 2e-3);
    expect(got.back[0]).toBeLessThanOrEqual(1 / 0.99);
    expect(got.back[1]).toBeLessThan(0.99 + 2e-3);
    expect(got.back[1]).toBeGreaterThanOrEqual(0.99);
  });

  it('starts one-sided where the outside price is beyond the range, worth what it should be', () => {
    const got = compute(columns({ p: [2, 0.4, 1.2] }), ({ p }) => {
      const c = context({});
      const state = eclp.init(c, at(p.mul(7), 7), constant(100));
      return {
        x: state.reserves[0],
        y: state.reserves[1],
        v: eclp.value(c, state, [p.mul(7), constant(7)]),
        cost: eclp.orderCost(c, state, at(p.mul(7), 7), constant(0.01)).cost,
      };
    });
    expect([got.x[0], got.y[1]]).toEqual([0, 0]);
    for (const v of got.v) expect(v).toBeCloseTo(100, 11);
    // half of the orders find nothing
    expect(got.cost[0]).toBeGreaterThan(0.5);
    expect(got.cost[1]).toBeGreaterThan(0.5);
    expect(got.cost[2]).toBeLessThan(0.1);
    expect(Math.max(...got.cost)).toBeLessThanOrEqual(1);
  });

  it('counts the peak in the price at the start or as it is', () => {
    const [p0, p1] = [3000, 60000];
    const got = compute(columns({ relative: [1, 1.05] }), ({ relative }) => {
      const start = eclp.init(context({ peak: relative }, { centre: 1 }), at(p0, p1), constant(1e6));
      return { price: start.price.mul(start.unit[0]), x: start.reserves[0], y: start.reserves[1], peak: relative };
    });
    for (const i of [0, 1]) {
      expect(got.price[i] / (p0 / p1)).toBeCloseTo(1, 14);
      expect(got.x[i] * p0 + got.y[i] * p1).toBeCloseTo(1e6, 7);
    }
    // as it is: the same where the price at the start is 1, and a peak of 20 is 20 of the second for one of the first
    const plain = compute(columns({ ratio: [1, 20] }), ({ ratio }) => {
      const values = { lambda: 40, below: 0.1, above: 0.2 };
      const m = at(ratio.mul(p0), p0);
      const [a, b] = [1, 0].map((centre) => {
        const c = context({ ...values, peak: centre === 1 ? 1 : ratio }, { centre });
        return eclp.init(c, m, constant(1e6)) as EclpState;
      });
      const cost = (centre: number, s: EclpState, peak: Expr | number) =>
        eclp.orderCost(context({ ...values, peak }, { centre }), s, m, constant(0.1)).cost;
      return { x: a.reserves[0].sub(b.reserves[0]), price: b.price, started: cost(1, a, 1), plain: cost(0, b, ratio) };
    });
    expect(plain.x[0]).toBe(0);
    expect(plain.plain[0]).toBe(plain.started[0]);
    expect(plain.price[1]).toBe(20);
    // λ stretches along another direction there, so it is another pool
    expect(plain.plain[1]).not.toBeCloseTo(plain.started[1], 5);
  });

  it('has a range around its peak whatever the raw numbers are', () => {
    const { peak, below, above, lambda } = eclp.parameters({});
    const raws = [-1e308, -1000, -87, -20, -1, 0, 1, 19.9, 25, 1000, 1e308];
    const got = compute(columns({ raw: raws }), ({ raw }) => ({
      below: below.transform.apply([raw])[0],
      above: above.transform.apply([raw])[0],
      lambda: lambda.transform.apply([raw])[0],
    }));
    raws.forEach((raw, i) => {
      for (const [name, p] of Object.entries({ below, above, lambda })) {
        const value = got[name as 'below'][i];
        expect(Math.abs(value / p.transform.forward([raw])[0] - 1), name).toBeLessThan(1e-14);
        expect(value).toBeGreaterThanOrEqual(name === 'lambda' ? 1 : 2 ** -20);
        expect(value).toBeLessThan(2 ** 31);
      }
      for (const q of peak.range) {
        expect(q / (1 + got.below[i])).toBeLessThan(q);
        expect(q * (1 + got.above[i])).toBeGreaterThan(q);
      }
    });
    for (const p of [below, above, lambda, peak]) {
      for (const value of [...p.range, p.default]) {
        expect(p.transform.forward(p.transform.inverse([value]))[0] / value).toBeCloseTo(1, 9);
      }
    }
  });
});
