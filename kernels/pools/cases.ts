/** Floor 3. Single steps of the pools as programs, to check a target against figures made elsewhere. */
import { buffer, emit, load, type Program, sub, trace } from '../../src/graph/index.js';
import { dot } from '../../src/rollout/functions.js';
import { arbitrage } from './geometric.js';

/**
 * One optimal arbitrage for each set. Inputs (kind `set`): `reserves`, `weights`, `prices` [1][n][S], `gamma` = 1 − fee
 * [1][1][S]. Outputs: `delta` [1][n][1][S], paid in > 0, and `profit` [1][1][1][S] = −Σ deltaᵢ·priceᵢ.
 */
export function arbitrageCaseProgram(n: number): Program {
  return trace(`arbitrage of ${n} assets`, () => {
    const assets = (name: string) => {
      const given = buffer('set', name, n, { differentiable: true });
      return Array.from({ length: n }, (_, i) => load(given, i));
    };
    const [reserves, weights, prices] = ['reserves', 'weights', 'prices'].map(assets);
    const gamma = load(buffer('set', 'gamma', 1, { differentiable: true }), 0);
    const { delta } = arbitrage(reserves, weights, prices, sub(1, gamma));
    const out = buffer('output', 'delta', n);
    delta.forEach((d, i) => {
      emit(out, i, d);
    });
    emit(buffer('output', 'profit', 1), 0, dot(delta, prices).neg());
  });
}
