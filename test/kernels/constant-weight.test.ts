/** The constant-weight pool: its declaration, its start, and gradients of a roll-out of an hour. */
import { describe, expect, it } from 'vitest';
import { constantWeight } from '../../kernels/pools/constant-weight.js';
import type { Reserves } from '../../kernels/pools/geometric.js';
import { adjoint, buffer, type Expr, emit, input, load, type Program, scan, trace } from '../../src/graph/index.js';
import { MINUTES as CLOCK } from '../../src/rollout/clock.js';
import type { ModelContext } from '../../src/rollout/model.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { derivative } from '../differences.js';
import { agree } from '../targets/agreement.js';

const MINUTES = 60;
const { weights: weightsOf, fee: feeOf } = constantWeight.parameters({});

/** Raw parameters `raw` (n weights, then the fee) and prices to ln(V/V₀) + fees/V₀ after an hour, and the fees. */
const hour = (n: number): Program =>
  trace('hour', () => {
    const raw = buffer('set', 'raw', n + 1, { differentiable: true });
    const series = buffer('series', 'prices', n);
    const weights = weightsOf.transform.apply(Array.from({ length: n }, (_, i) => load(raw, i)));
    const fee = feeOf.transform.apply([load(raw, n)]);
    const c: ModelContext = { n, value: { weights, fee }, raw: {}, settings: {}, clock: CLOCK };
    const minute = (t: Expr | number) => ({
      prices: Array.from({ length: n }, (_, i) => load(series, i, t)),
      weights: [],
    });
    const start = load(buffer('set', 'start', 1), 0);
    const length = input('N');
    const last = scan<{ state: Reserves; fees: Expr }>({
      name: 'minutes',
      length,
      init: { state: constantWeight.init(c, minute(0), start), fees: start.mul(0) },
      body: ({ state, fees }, t) => {
        const traded = constantWeight.arbitrage(c, state, minute(t));
        return { state: traded.state, fees: fees.add(traded.fees) };
      },
    });
    const value = constantWeight.value(c, last.state, minute(length.sub(1)).prices);
    emit(buffer('output', 'loss', 1), 0, value.div(start).log().add(last.fees.div(start)));
    emit(buffer('output', 'fees', 1), 0, last.fees);
  });

/** Prices of n assets that move about `sigma` a minute, each in its own way. */
const prices = (n: number, sigma: number) =>
  Float64Array.from({ length: MINUTES * n }, (_, k) => {
    const [t, i] = [Math.floor(k / n), k % n];
    return (
      2 ** i *
      Math.exp(sigma * (3 * Math.sin(0.7 * t * (i + 1) + i) + Math.cos(2.3 * t + 1.9 * i * i)) - 0.2 * sigma * i * t)
    );
  });

/** Three sets: n raw weights and a raw fee each. */
function inputs(n: number, sigma: number, fees = [0.003, 0.0005, 0.02]): Inputs {
  const sets = 3;
  const raw = Float64Array.from({ length: (n + 1) * sets }, (_, k) => {
    const [column, s] = [Math.floor(k / sets), k % sets];
    return column < n ? 0.6 * Math.sin(1.3 * column + 2.1 * s) : feeOf.transform.inverse([fees[s]])[0];
  });
  return {
    sets,
    windows: 1,
    run: { N: MINUTES },
    window: {},
    buffers: { raw, prices: prices(n, sigma), start: new Float64Array(sets).fill(1e6) },
  };
}

const gradientOf = (n: number) => adjoint(hour(n), { wrt: ['raw'], seeds: { loss: 'one' } });

/** Gradient by the adjoint and by central differences: [columns][S] each. */
function gradients(n: number, given: Inputs): { adjoint: Float64Array; differences: Float64Array; fees: Float64Array } {
  const forward = reference.compile(hour(n));
  const outputs = reference.compile(gradientOf(n)).run(given);
  const { raw } = given.buffers;
  const differences = Float64Array.from(raw, (x, k) =>
    derivative((moved) => {
      const changed = Float64Array.from(raw);
      changed[k] = moved;
      return forward.run({ ...given, buffers: { ...given.buffers, raw: changed } }).loss[k % given.sets];
    }, x),
  );
  return { adjoint: outputs['d.raw'], differences, fees: forward.run(given).fees };
}

describe('constant-weight', () => {
  it('declares equal weights for any number of assets and a fee that needs flow', () => {
    for (const n of [2, 5]) {
      const raws = weightsOf.transform.inverse(new Array(n).fill(weightsOf.default));
      expect(raws).toEqual(new Array(n).fill(0));
      for (const w of weightsOf.transform.forward(raws)) expect(w).toBeCloseTo(1 / n, 15);
    }
    expect(feeOf.needsFlow).toBe(true);
    expect(feeOf.trainable).toBe(false);
  });

  it('starts at the given value with nothing to gain', () => {
    const given = inputs(5, 0);
    const { loss, fees } = reference.compile(hour(5)).run(given);
    for (const x of loss) expect(Math.abs(x)).toBeLessThan(1e-15);
    expect([...fees]).toEqual([0, 0, 0]);
  });

  it.each([2, 3, 5, 8])('gradients of an hour with trades agree with central differences, n = %i', (n) => {
    const got = gradients(n, inputs(n, 0.004));
    for (const fees of got.fees) expect(fees).toBeGreaterThan(10);
    const largest = Math.max(...got.differences.map(Math.abs));
    got.adjoint.forEach((g, k) => {
      expect(Math.abs(g - got.differences[k])).toBeLessThan(1e-6 * largest);
    });
    // that of the fee by itself: it is small
    const fees = got.adjoint.slice(-3);
    fees.forEach((g, s) => {
      expect(g).not.toBe(0);
      expect(Math.abs(g - got.differences[got.differences.length - 3 + s])).toBeLessThan(1e-5 * Math.abs(g) + 1e-9);
    });
  });

  // nothing trades: V/V₀ = Σ wᵢπᵢ with πᵢ = pᵢ/pᵢ(0), so d ln(V/V₀)/d rawᵢ = wᵢπᵢ/Σ wπ − wᵢ
  it.each([2, 3, 5, 8])('gradients of an hour inside the no-trade band are those of holding, n = %i', (n) => {
    const given = inputs(n, 5e-4, [0.06, 0.08, 0.095]);
    const outputs = reference.compile(gradientOf(n)).run(given);
    const { raw, prices: p } = given.buffers;
    for (let s = 0; s < 3; s++) {
      expect(outputs.fees[s]).toBe(0);
      const w = weightsOf.transform.forward(Array.from({ length: n }, (_, i) => raw[3 * i + s]));
      const held = w.map((x, i) => (x * p[(MINUTES - 1) * n + i]) / p[i]);
      const total = held.reduce((a, x) => a + x, 0);
      expect(outputs.loss[s]).toBeCloseTo(Math.log(total), 13);
      held.forEach((x, i) => {
        expect(outputs['d.raw'][3 * i + s]).toBeCloseTo(x / total - w[i], 13);
      });
      expect(outputs['d.raw'][3 * n + s]).toBe(0);
    }
  });

  it.each([2, 3, 5, 8])('value and gradient have the same bits on wasm, n = %i', (n) => {
    agree(wasm, gradientOf(n), inputs(n, 0.004));
  });
});
