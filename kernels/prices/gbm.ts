/**
 * Floor 3. Geometric Brownian motion of one asset or several: ln S += (μ − σ²/2)·dt + σ√dt·Z, exact for any dt.
 *
 * Z = Lε with LLᵀ the matrix of correlations. What is trained are partial correlations c_ij, of assets i > j given those
 * before j, each free in (−1, 1) (Lewandowski, Kurowicka and Joe 2009):
 *
 *     L_ij = c_ij·√(1 − Σ_{k<j} L_ik²),   L_ii = √(1 − Σ_{k<i} L_ik²)
 *
 * so any of them make a matrix that is positive definite. Draws of step t: the i-th is of asset i.
 */
import { constant, type Expr } from '../../src/graph/index.js';
import { dot, sum } from '../../src/rollout/functions.js';
import type { Parameters } from '../../src/rollout/model.js';
import { normal } from '../../src/rollout/random.js';
import { correlation } from '../../src/rollout/transforms.js';
import { normalDensity } from './density.js';
import { type Generator, real, SIGMA, START } from './generator.js';
import { yearsOf } from './time.js';

const PARAMETERS: Parameters = {
  start: START,
  mu: real({ shape: 'asset', range: [-100, 100], unit: '1/year', default: 0, doc: 'drift of the price, E[S] ∝ e^μt' }),
  sigma: SIGMA,
  correlation: real({
    shape: 'pair',
    transform: correlation,
    range: [-1, 1],
    unit: '1',
    default: 0,
    doc: 'partial correlations of pairs of assets, given those before the earlier one',
  }),
};

/** Rows of the Cholesky factor L from partial correlations, pairs (1,0), (2,0), (2,1) … */
export function choleskyOf(partial: readonly Expr[], n: number): Expr[][] {
  const rows: Expr[][] = [];
  let at = 0;
  for (let i = 0; i < n; i++) {
    const row: Expr[] = [];
    let left: Expr = constant(1);
    for (let j = 0; j < i; j++) {
      const entry = partial[at++].mul(left.sqrt());
      row.push(entry);
      left = left.sub(entry.square());
    }
    rows.push([...row, left.sqrt()]);
  }
  return rows;
}

export const gbm: Generator<readonly Expr[]> = {
  name: 'gbm',
  doc: 'geometric Brownian motion, correlated between assets',
  settings: {},
  parameters: () => PARAMETERS,
  rows: { prices: 'one an asset' },
  draws: (n) => n,
  // of ε = L⁻¹(Δln S − drift)/(σ√dt), by substitution
  density: () => ({
    depth: 1,
    log: (seen, c) => {
      const dt = yearsOf(c.clock);
      const { mu, sigma } = c.value;
      const factor = choleskyOf(c.value.correlation, c.n);
      const scale = sigma.map((s) => s.mul(Math.sqrt(dt)));
      const e: Expr[] = [];
      return sum(
        sigma.map((s, i) => {
          const moved = seen(0).logs[i].sub(seen(1).logs[i]);
          const off = moved.sub(mu[i].sub(s.square().mul(0.5)).mul(dt)).div(scale[i]);
          const left = i === 0 ? off : off.sub(dot(factor[i].slice(0, i), e));
          e.push(left.div(factor[i][i]));
          return normalDensity(e[i], constant(1)).sub(scale[i].mul(factor[i][i]).log());
        }),
      );
    },
  }),
  run: (c) => {
    const dt = yearsOf(c.clock);
    const { start, mu, sigma } = c.value;
    const factor = choleskyOf(c.value.correlation, c.n);
    const drift = mu.map((m, i) => m.sub(sigma[i].square().mul(0.5)).mul(dt));
    const scale = sigma.map((s) => s.mul(Math.sqrt(dt)));
    const at = (logs: readonly Expr[]) => ({
      state: logs,
      row: { prices: logs.map((x, i) => start[i].mul(x.exp())) },
    });
    return {
      init: () => at(start.map(() => constant(0))),
      step: (logs, t) => {
        const e = logs.map((_, i) => normal(c.uniform(t.sub(1), i)));
        const z = factor.map((row) => sum(row.map((l, k) => l.mul(e[k]))));
        return at(logs.map((x, i) => x.add(drift[i].add(scale[i].mul(z[i])))));
      },
    };
  },
};
