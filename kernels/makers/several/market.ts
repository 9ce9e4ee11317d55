/**
 * Floor 3. The market of several assets: to each its own orders, fills and moves of the mid, independent of the others', and
 * one penalty for all that is held,
 *
 *     qᵀRq a second, Rᵢⱼ = ρᵢⱼ√(φᵢφⱼ): R = γ/2 times the covariance where φᵢ = γσᵢ²/2;   qᵀKq at the end
 *
 * (Bergault, Evangelista, Guéant and Vieira, Closed-form approximations in multi-asset market making, 2021).
 */
import { constant, type Expr } from '../../../src/graph/index.js';
import { sum } from '../../../src/rollout/functions.js';
import type { Parameter, Parameters } from '../../../src/rollout/model.js';
import { type Market, marketOf, marketParameters } from '../market.js';

type Settings = Readonly<Record<string, number>>;

/** One number for all assets. */
const SHARED = ['rebate'];
/** None takes. */
const LEFT_OUT = ['takerCost'];

/** Those of one asset, once for each. */
export function severalParameters(s: Settings): Parameters {
  const of = Object.entries(marketParameters({ ...s, states: 1 })).filter(([name]) => !LEFT_OUT.includes(name));
  const pair = (rest: Pick<Parameter, 'range' | 'unit' | 'doc'>): Parameter => ({
    ...of[0][1],
    shape: 'pair',
    default: 0,
    ...rest,
  });
  return {
    ...Object.fromEntries(of.map(([name, p]) => [name, SHARED.includes(name) ? p : { ...p, shape: 'asset' as const }])),
    correlation: pair({ range: [-1, 1], unit: '1', doc: 'of two assets: what their inventories cost together' }),
    crossAlpha: pair({
      range: [-1e12, 1e12],
      unit: 'money/lot²',
      doc: 'what the product of two inventories costs at the end, twice',
    }),
  };
}

/** The index of a pair among (1,0), (2,0), (2,1) … */
export const pairOf = (i: number, j: number): number => (i * (i - 1)) / 2 + j;

/** A symmetric matrix from its diagonal and its pairs. */
export const symmetric = <T>(diagonal: readonly T[], pairs: readonly T[]): T[][] =>
  diagonal.map((x, i) => diagonal.map((_, j) => (i === j ? x : pairs[pairOf(Math.max(i, j), Math.min(i, j))])));

export interface SeveralMarket {
  /** Each by itself, without its penalty. */
  readonly each: readonly Market[];
  readonly risk: readonly (readonly Expr[])[];
  readonly terminal: readonly (readonly Expr[])[];
}

export function severalMarketOf(
  value: Readonly<Record<string, readonly Expr[]>>,
  s: Settings,
  dt: number,
): SeveralMarket {
  const names = Object.keys(marketParameters({ ...s, states: 1 }));
  const none = [constant(0)];
  const own = (i: number) =>
    Object.fromEntries(
      names.map((name) => {
        if (LEFT_OUT.includes(name) || name === 'phi' || name === 'alpha') return [name, none];
        return [name, SHARED.includes(name) ? value[name] : [value[name][i]]];
      }),
    );
  const roots = value.phi.map((x) => x.maximum(0).sqrt());
  const pairs = value.phi.flatMap((_, i) =>
    value.phi.slice(0, i).map((__, j) => value.correlation[pairOf(i, j)].mul(roots[i]).mul(roots[j])),
  );
  return {
    each: value.phi.map((_, i) => marketOf(own(i), { ...s, states: 1 }, dt)),
    risk: symmetric(value.phi, pairs),
    terminal: symmetric(value.alpha, value.crossAlpha),
  };
}

/** qᵀMq; of numbers, terms without an inventory are left out. */
export function quadraticForm(m: readonly (readonly Expr[])[], q: readonly (Expr | number)[]): Expr {
  const times = (x: Expr, i: number, j: number): Expr => {
    const [a, b] = [q[i], q[j]];
    return typeof a === 'number' && typeof b === 'number' ? x.mul(a * b) : x.mul(a).mul(b);
  };
  const none = (i: number) => q[i] === 0;
  const terms = m.flatMap((row, i) => row.flatMap((x, j) => (none(i) || none(j) ? [] : [times(x, i, j)])));
  return terms.length === 0 ? constant(0) : sum(terms);
}
