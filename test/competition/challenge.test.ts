/** The AMM challenge: trades against their closed forms, gradients of every law, what a seed gives on both exact targets. */
import { describe, expect, it } from 'vitest';
import { laws } from '../../kernels/competition/laws/index.js';
import { arbitrage, type Fees, type Reserves, route } from '../../kernels/competition/pools.js';
import { buffer, constant, type Expr, emit, trace, where } from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { challenge } from './setup.js';

const scenarios = (n: number) => Int32Array.from({ length: n }, (_, i) => i);
const number = (x: number) => constant(x);
const pool = (x: number, y: number): Reserves => ({ x: number(x), y: number(y) });
const fees = (bid: number, ask: number): Fees => ({ bid: number(bid), ask: number(ask) });

/** Numbers of expressions without inputs. */
function evaluate(build: () => Readonly<Record<string, Expr>>): Record<string, number> {
  const program = trace('numbers', () => {
    for (const [name, x] of Object.entries(build())) emit(buffer('output', name, 1), 0, x);
  });
  const out = reference.compile(program).run({ sets: 1, windows: 1, run: {}, window: {}, buffers: {} });
  return Object.fromEntries(Object.entries(out).map(([name, [x]]) => [name, x]));
}

describe('trades', () => {
  it.each([
    [101.3, 0.004, 0.007],
    [98.1, 0.004, 0.007],
    [100.6, 0.004, 0.007],
  ])('an arbitrage at %d leads to where the marginal price with its fee is that outside', (price, bid, ask) => {
    const t = evaluate(() => {
      const { traded, buysX, x, y, edge, after } = arbitrage(pool(100, 10_000), fees(bid, ask), number(price));
      return { traded: where(traded, 1, 0), buysX: where(buysX, 1, 0), x, y, edge, afterX: after.x, afterY: after.y };
    });
    const spot = t.afterY / t.afterX;
    expect(t.afterX * t.afterY).toBeCloseTo(1e6, 6);
    if (price > 100 / (1 - ask)) expect(spot / (1 - ask)).toBeCloseTo(price, 10);
    else if (price < 100 * (1 - bid)) expect(spot * (1 - bid)).toBeCloseTo(price, 10);
    else expect(t.traded).toBe(0);
    // what the arbitrageur gains, the pool loses
    expect(t.edge).toBeCloseTo(t.buysX === 1 ? t.x * price - t.y : t.y - t.x * price, 12);
    if (t.traded === 1) expect(t.edge).toBeLessThan(0);
  });

  it.each([
    [true, 55],
    [false, 80],
  ])('both parts of an order (buys: %s) end at one marginal price, and no other split gives more', (buys, size) => {
    const price = 100.2;
    const t = evaluate(() => {
      const ours = { pool: pool(100, 10_020), fees: fees(0.003, 0.0035) };
      const other = { pool: pool(101, 10_100), fees: fees(0.003, 0.003) };
      const order = { buys: number(buys ? 1 : 0).greater(0), size: number(size) };
      const r = route(order, number(price), ours, other, 1e-4);
      const marginal = ({ after }: typeof r.ours, f: Fees) =>
        where(
          r.ours.buysX,
          after.y.div(after.x).mul(number(1).sub(f.bid)),
          after.y.div(after.x).div(number(1).sub(f.ask)),
        );
      return {
        first: r.first,
        one: marginal(r.ours, ours.fees),
        two: marginal(r.other, other.fees),
        out: where(r.ours.buysX, r.ours.y.add(r.other.y), r.ours.x.add(r.other.x)),
      };
    });
    expect(t.one).toBeCloseTo(t.two, 9);
    const paid = buys ? size : size / price;
    expect(t.first).toBeGreaterThan(0);
    expect(t.first).toBeLessThan(paid);
    // by hand: out(Δ) = o·γΔ/(i + γΔ)
    const out = (i: number, o: number, gamma: number, d: number) => (o * gamma * d) / (i + gamma * d);
    const all = (d: number) =>
      buys
        ? out(10_020, 100, 1 - 0.0035, d) + out(10_100, 101, 0.997, paid - d)
        : out(100, 10_020, 0.997, d) + out(101, 10_100, 0.997, paid - d);
    expect(t.out).toBeCloseTo(all(t.first), 10);
    for (const d of [0.98, 1.02]) expect(all(d * t.first)).toBeLessThan(t.out);
  });
});

describe.each(laws.map((law) => law.name))('%s', (name) => {
  const steps = 61;

  it('has the derivative of its path, against central differences', () => {
    const { rollout, raw } = challenge(name, wasm);
    const windows = scenarios(3);
    const { gradient } = rollout.gradient(raw, windows, steps);
    // small enough that no trade appears or vanishes: a derivative along the path sees no such thing. Reserves of 10^4 are
    // rounded to 1e-12, and some hundred trades add up: differences are off by 1e-6
    const h = 1e-5;
    for (let column = 0; column < rollout.layout.columns; column++) {
      const at = (shift: number) =>
        rollout.value(
          raw.map((x, i) => (i === column ? x + shift : x)),
          windows,
          steps,
        ).objective[0];
      const difference = (at(h) - at(-h)) / (2 * h);
      expect(Math.abs(gradient[column] - difference), `column ${column}`).toBeLessThan(
        1e-6 + 1e-6 * Math.abs(difference),
      );
    }
    rollout.dispose();
  });

  it('gives the same bits on reference and wasm', () => {
    const [a, b] = [reference, wasm].map((target) => {
      const { rollout, raw } = challenge(name, target);
      const out = rollout.gradient(raw, scenarios(2), steps);
      rollout.dispose();
      return out;
    });
    expect([...a.byWindow]).toEqual([...b.byWindow]);
    expect([...a.gradient]).toEqual([...b.gradient]);
  });
});

it('the slope of a fixed fee along paths is that of differences over many scenarios', () => {
  const { rollout, raw } = challenge('fixed', wasm);
  const windows = scenarios(24);
  const steps = 2001;
  const { gradient } = rollout.gradient(raw, windows, steps);
  const h = 0.02; // of log2: 1.4 % of the fee, so that trades come and go
  const at = (shift: number) =>
    rollout.value(
      raw.map((x) => x + shift),
      windows,
      steps,
    ).byWindow;
  const [up, down] = [at(h), at(-h)];
  const slopes = [...up].map((x, i) => (x - down[i]) / (2 * h));
  const mean = slopes.reduce((a, b) => a + b, 0) / slopes.length;
  const error = Math.sqrt(slopes.reduce((a, x) => a + (x - mean) ** 2, 0) / (slopes.length * (slopes.length - 1)));
  expect(Math.abs(gradient[0] - mean)).toBeLessThan(error);
  rollout.dispose();
});

it('observes what adds up', () => {
  const { rollout, raw } = challenge('recentre', wasm);
  const { observed } = rollout.path(raw, 5, 400, 1);
  const last = (key: string) => observed[key][observed[key].length - 1];
  expect(last('edge')).toBeCloseTo(last('arbitrageEdge') + last('retailEdge'), 12);
  expect(last('x') * last('y')).toBeCloseTo(1e6, 4);
  expect(last('otherX') * last('otherY')).toBeCloseTo(1e6, 4);
  expect(last('arbitrages')).toBeGreaterThan(50);
  expect(last('retailTrades')).toBeGreaterThan(100);
  expect(rollout.value(raw, Int32Array.of(5), 400).objective[0]).toBe(last('edge'));
  rollout.dispose();
});
