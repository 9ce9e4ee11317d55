/** What the tests of Hamiltonian pools share: formulas by lane, contexts, a plain roll-out. */
import { hmm } from '../../kernels/pools/hmm.js';
import { buffer, constant, type Expr, emit, input, load, type Program, scan, trace } from '../../src/graph/index.js';
import { MINUTES } from '../../src/rollout/clock.js';
import type { ModelContext } from '../../src/rollout/model.js';
import type { Inputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { agree } from '../targets/agreement.js';

/** Lanes: one number each, by name. */
export type Columns = Readonly<Record<string, Float64Array>>;

export const columns = (of: Readonly<Record<string, readonly number[]>>): Columns =>
  Object.fromEntries(Object.entries(of).map(([name, v]) => [name, Float64Array.from(v)]));

/** Values of expressions of the columns, on the reference; wasm must give the same bits. */
export function compute<K extends string>(
  of: Columns,
  body: (v: Readonly<Record<string, Expr>>) => Readonly<Record<K, Expr>>,
): Record<K, Float64Array> {
  const program = trace('formulas', () => {
    const v = Object.fromEntries(Object.keys(of).map((name) => [name, load(buffer('set', name, 1), 0)]));
    for (const [name, e] of Object.entries<Expr>(body(v))) emit(buffer('output', name, 1), 0, e);
  });
  const sets = Object.values(of)[0].length;
  return agree(wasm, program, { sets, windows: 1, run: {}, window: {}, buffers: of }, [1]) as Record<K, Float64Array>;
}

/** Parameters as given; price scale 1 and no fees where absent. */
export function context(value: Record<string, Expr[]>, settings: Record<string, number>): ModelContext {
  const n = value.rho.length;
  const defaults = { priceScale: value.rho.map(() => constant(1)), marketFee: [constant(0)], riskFee: [constant(0)] };
  return {
    n,
    value: { ...defaults, ...value },
    raw: {},
    settings: { centre: 1, dynamicCurvature: 0, arbitrageEvery: 1, ...settings },
    clock: MINUTES,
  };
}

/**
 * Minutes of arbitrage and mean flow from the raw parameters (buffer `p`); loss = ln of the last value
 * plus some of the fees, so that every function of the model has its share in the gradient.
 */
export function rollout(n: number, settings: Record<string, number>): Program {
  return trace('hmm minutes', () => {
    const series = buffer('series', 'prices', n);
    const { value, raw } = parametersOf(n, settings);
    const c = { n, value, raw, settings: { arbitrageEvery: 1, ...settings }, clock: MINUTES };
    const at = (t: Expr | number) => ({ prices: Array.from({ length: n }, (_, i) => load(series, i, t)), weights: [] });
    const length = input('N');
    const init = { pool: hmm.init(c, at(0), constant(1000)), fees: constant(0) };
    const out = scan({
      name: 'minutes',
      length,
      init,
      body: (s, t) => {
        const m = at(t);
        const { state, fees } = hmm.arbitrage(c, s.pool, m);
        const { cost, fee } = hmm.orderCost(c, state, m, constant(0.01));
        const earned = fee.mul(cost.mul(-150).exp()).mul(0.2);
        return { pool: hmm.scale(state, earned.add(1)), fees: s.fees.add(fees) };
      },
    });
    const last = at(length.sub(1)).prices;
    emit(buffer('output', 'loss', 1), 0, hmm.value(c, out.pool, last).div(1000).log().add(out.fees.mul(1e-3)));
    hmm.reserves(out.pool, c).forEach((r, i) => {
      emit(buffer('output', `reserve${i}`, 1), 0, r);
    });
  });
}

function parametersOf(n: number, settings: Record<string, number>) {
  const declared = Object.entries(hmm.parameters(settings)).map(([name, p]) => ({
    name,
    p,
    size: p.shape === 'asset' ? n : 1,
  }));
  const columnCount = declared.reduce((sum, d) => sum + d.size, 0);
  const params = buffer('set', 'p', columnCount, { differentiable: true });
  const value: Record<string, Expr[]> = {};
  const raw: Record<string, Expr[]> = {};
  let column = 0;
  for (const { name, p, size } of declared) {
    raw[name] = Array.from({ length: size }, () => load(params, column++));
    value[name] = p.transform.apply(raw[name]);
  }
  return { value, raw };
}

/** Raw parameters of a few sets: values[name][s], the same for all assets but for a factor. */
export function raws(
  n: number,
  settings: Record<string, number>,
  values: Readonly<Record<string, readonly number[]>>,
): Float64Array {
  const sets = Object.values(values)[0].length;
  const rows = Object.entries(hmm.parameters(settings)).flatMap(([name, p]) =>
    Array.from({ length: p.shape === 'asset' ? n : 1 }, (_, i) =>
      Array.from(
        { length: sets },
        (_s, s) => p.transform.inverse([(values[name]?.[s] ?? p.default) * (1 + 0.1 * i)])[0],
      ),
    ),
  );
  return Float64Array.from(rows.flat());
}

/** Prices that swing far enough to trade at most fees. */
export function swingingPrices(n: number, rows: number, amplitude: number): Float64Array {
  return Float64Array.from({ length: n * rows }, (_, k) => {
    const [t, i] = [Math.floor(k / n), k % n];
    return (1 + 9 * i) * Math.exp(amplitude * Math.sin(0.37 * t + i) + 0.2 * amplitude * Math.cos(1.9 * t * (i + 1)));
  });
}

export const inputsOf = (p: Float64Array, sets: number, prices: Float64Array, minutes: number): Inputs => ({
  sets,
  windows: 1,
  run: { N: minutes },
  window: {},
  buffers: { p, prices },
});
