/** What the tests of pools of two assets share: contexts and minutes. */
import { constant, Expr } from '../../src/graph/index.js';
import type { Minute, PoolModel } from '../../src/pools/model.js';
import { MINUTES } from '../../src/rollout/clock.js';
import type { ModelContext } from '../../src/rollout/model.js';

const expr = (x: number | Expr): Expr => (x instanceof Expr ? x : constant(x));

export const minute = (first: number | Expr, second: number | Expr = 1): Minute => ({
  prices: [expr(first), expr(second)],
  weights: [],
});

/** Parameters and settings as given, else their defaults. */
export function contextOf(
  pool: Pick<PoolModel, 'parameters' | 'settings'>,
  values: Readonly<Record<string, number | Expr | readonly (number | Expr)[]>> = {},
  settings: Readonly<Record<string, number>> = {},
): ModelContext {
  const all = Object.fromEntries(Object.entries(pool.settings).map(([key, s]) => [key, settings[key] ?? s.default]));
  const value = Object.entries(pool.parameters(all)).map(([key, p]) => {
    const given = values[key] ?? (p.shape === 'asset' ? [p.default, p.default] : p.default);
    return [key, (Array.isArray(given) ? given : [given]).map(expr)];
  });
  return { n: 2, value: Object.fromEntries(value), raw: {}, settings: all, clock: MINUTES };
}
