/** Floor 3, compute market. Its parameters by what they are of, and what a step is told from outside. */
import { constant, type Expr } from '../../src/graph/index.js';
import type { Row, SystemContext, Tick } from '../../src/rollout/model.js';
import { seriesKey } from '../../src/rollout/recorded.js';
import { panelAccuracy } from './panel.js';
import { type Chosen, settings } from './settings.js';

export interface WorkerClass {
  readonly compute: readonly Expr[];
  readonly supply: readonly Expr[];
  readonly passes: Expr;
  readonly fails: Expr;
  readonly truth: Expr;
  /** Probability that a part which is checked is seen to pass. */
  readonly seen: Expr;
  readonly bond: Expr;
}

export interface JobClass {
  readonly require: readonly Expr[];
  readonly arrivals: Expr;
  readonly limit: Expr;
  readonly elasticity: Expr;
  readonly duration: Expr;
  /** Part used; null where jobs use all. */
  readonly usage: Expr | null;
}

/** Whatever stays as it is, of one parameter set. */
export interface World {
  /** Resources. */
  readonly n: number;
  readonly s: Chosen;
  /** Minutes of a step. */
  readonly dt: number;
  /** What was outside at the start. */
  readonly first: Row;
  readonly rho: readonly Expr[];
  /** Price scales, in credits. */
  readonly scale: readonly Expr[];
  readonly fees: { readonly market: Expr; readonly risk: Expr };
  readonly rate: Expr;
  readonly workers: readonly WorkerClass[];
  readonly classes: readonly JobClass[];
  /** Parameters by name, of those that stand alone; and by resource. */
  readonly one: (name: string) => Expr;
  readonly each: (name: string) => readonly Expr[];
  readonly uniform: SystemContext['uniform'];
}

/** Passed and seen as such, or failed and not seen: q·R + (1 − q)(1 − R), R how often the panel is right. */
function seenOf(truth: Expr, right: Expr | null): Expr {
  if (right === null) return truth;
  return truth.mul(right).add(truth.neg().add(1).mul(right.neg().add(1)));
}

export function worldOf(c: SystemContext, first: Row): World {
  const s = c.settings as Chosen;
  const each = (name: string): readonly Expr[] => c.value[name];
  const one = (name: string): Expr => c.value[name][0];
  const numbered = <T>(n: number, of: (k: number) => T): T[] => Array.from({ length: n }, (_, k) => of(k + 1));
  const right =
    s.experts === 0
      ? null
      : panelAccuracy(
          numbered(s.experts, (k) => one(`expert${k}`)),
          s.expertWeights,
        );
  return {
    n: c.n,
    s,
    dt: c.clock.interval / 60_000,
    first,
    rho: s.curve === 1 ? nothing(c.n) : each('rho'),
    scale: each('priceScale').map((x, i) => (s.centre === settings.centre.choices?.start ? x.mul(first.prices[i]) : x)),
    fees: { market: one('marketFee'), risk: one('riskFee') },
    rate: one('rate'),
    workers: numbered(s.workers, (j) => ({
      compute: each(`compute${j}`),
      supply: each(`supply${j}`),
      passes: one(`passes${j}`),
      fails: one(`fails${j}`),
      truth: one(`truth${j}`),
      seen: seenOf(one(`truth${j}`), right),
      bond: one(`bond${j}`),
    })),
    classes: numbered(s.classes, (k) => ({
      require: each(`require${k}`),
      arrivals: one(`arrivals${k}`),
      limit: one(`limit${k}`),
      elasticity: one(`elasticity${k}`),
      duration: one(`duration${k}`),
      usage: s.usage === 1 ? one(`usage${k}`) : null,
    })),
    one,
    each,
    uniform: c.uniform,
  };
}

/** What a step is told from outside: prices, and where the source has them, what moves supply, demand and stocks. */
export interface Outside {
  readonly prices: readonly Expr[];
  /** P_ref */
  readonly reference: readonly Expr[];
  /** Factors of supply by resource, of demand by class; 1 where the source has none. */
  readonly supply: (i: number) => Expr | null;
  readonly demand: (c: number) => Expr | null;
  /** Part of a pool's liquidity that comes (above 0) or goes (below 0), and of its stock that is lost. */
  readonly liquidity: (i: number) => Expr | null;
  readonly destroyed: (i: number) => Expr | null;
  readonly t: Expr;
}

/** Series of a dataset, or names in the rows of a source, that move a market: `supply1` … by resource, `demand1` … by class. */
export const DRIVERS = ['supply', 'demand', 'liquidity', 'destroyed'] as const;

export function outsideOf(w: World, { now, t }: Pick<Tick, 'now' | 't'>): Outside {
  const of =
    (name: (typeof DRIVERS)[number]) =>
    (i: number): Expr | null =>
      now[name]?.[i] ?? now[seriesKey(`${name}${i + 1}`)]?.[0] ?? null;
  return {
    prices: now.prices,
    reference: w.s.reference === 1 ? w.each('referencePrice') : now.prices,
    supply: of('supply'),
    demand: of('demand'),
    liquidity: of('liquidity'),
    destroyed: of('destroyed'),
    t,
  };
}

/** 0, as often as one likes. */
export const nothing = (n: number): Expr[] => Array.from({ length: n }, () => constant(0));
