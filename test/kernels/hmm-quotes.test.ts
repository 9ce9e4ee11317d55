/** What a Hamiltonian pool quotes: against its own swaps, searched; and the impermanent loss that the page of it states. */
import { describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { creditsFor } from '../../kernels/pools/hmm/curve.js';
import { quote } from '../../kernels/pools/hmm/quotes.js';
import { buffer, emit, load, trace } from '../../src/graph/index.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import { reference } from '../../src/targets/reference/index.js';
import { specOf } from '../rollout/setup.js';

/** Price, depth, and credits that buy q of compute, of (ρ, x, y, q). */
const program = trace('quote', () => {
  const source = buffer('set', 'in', 4);
  const [rho, x, y, q] = [0, 1, 2, 3].map((i) => load(source, i));
  const { price, depth } = quote({ rho, x, y });
  [price, depth, creditsFor({ rho, x, y }, q)].forEach((value, i) => {
    emit(buffer('output', `out${i}`, 1), 0, value);
  });
});
const compiled = reference.compile(program);
function ask(rho: number, x: number, y: number, q = 0) {
  const out = compiled.run({
    sets: 1,
    windows: 1,
    run: {},
    window: {},
    buffers: { in: Float64Array.of(rho, x, y, q) },
  });
  return { price: out.out0[0], depth: out.out1[0], paid: out.out2[0] };
}

/** What of x is sold at a mean price of at most 1.01·p, by bisection of swaps. */
function sold(rho: number, x: number, y: number): number {
  const bound = 1.01 * ask(rho, x, y).price;
  let [low, high] = [0, x];
  for (let k = 0; k < 200; k++) {
    const q = (low + high) / 2;
    if (ask(rho, x, y, q).paid <= bound * q) low = q;
    else high = q;
  }
  return low;
}

describe('quotes', () => {
  it.each([
    [0, 100, 100],
    [0, 30, 500],
    [0.05, 100, 100],
    [0.2, 250, 40],
    [0.5, 3, 90],
    [0.9, 100, 101],
    // no compute left, next to none, no credits left
    [0.2, 0, 50],
    [0.2, 0.01, 50],
    [0.2, 50, 0],
  ])('ρ = %f, x = %f, y = %f', (rho, x, y) => {
    const { price, depth } = ask(rho, x, y);
    expect(price).toBeCloseTo((y + rho * x) / (x + rho * y), 12);
    // a constant product of the same worth holds half of it in compute and sells 1/101 of that
    const product = (x * price + y) / 2 / price / 101;
    expect(depth).toBeCloseTo(sold(rho, x, y) / product, 9);
    if (rho === 0) expect(depth).toBeCloseTo(1, 12);
  });

  it('depth near the centre is (1 + ρ)/(1 − ρ), to the 1 % of slippage', () => {
    for (const rho of [0.05, 0.2, 0.5]) expect(ask(rho, 100, 100).depth / ((1 + rho) / (1 - rho))).toBeCloseTo(1, 2);
  });

  it('a slope beyond which the price never rises so far: all is sold', () => {
    // towards a constant sum at the upper end of its band the price has hardly anywhere to go
    const [rho, x, y] = [0.99999, 1e-3, 100];
    expect(ask(rho, x, y, x).paid / x / ask(rho, x, y).price).toBeLessThan(1.01);
    const { price, depth } = ask(rho, x, y);
    expect(depth).toBeCloseTo((x * price) / (((x * price + y) / 2) * (0.01 / 1.01)), 9);
  });
});

describe('impermanent loss without fees', () => {
  it.each([
    [0, 1.5, -0.0202],
    [0, 2, -0.0572],
    [0.05, 1.5, -0.0224],
    [0.05, 2, -0.0634],
    [0.2, 2, -0.0871],
    [0.5, 1.5, -0.0619],
    [0.5, 2, -0.1835],
  ])('ρ = %f, price × %f: %f', (rho, r, loss) => {
    const prices = Float64Array.of(10, 10 * r);
    const data = { assets: ['A0'], rows: 2, prices, volume: null };
    const spec = specOf(data, { pool: registry.pools.hmm, objective: registry.objectives.il });
    const rollout = createPoolRollout(spec, data, reference);
    const raw = rollout.layout.raws({ 'hmm.rho': [rho], 'hmm.marketFee': [0], 'hmm.riskFee': [0] });
    const [il] = rollout.value(raw, Int32Array.of(0), 2).objective;
    const closed = (2 / (1 + r)) * Math.sqrt((2 * r - rho * (1 + r * r)) / (2 * (1 - rho))) - 1;
    expect(il).toBeCloseTo(closed, 12);
    expect(il).toBeCloseTo(loss, 4);
  });
});
