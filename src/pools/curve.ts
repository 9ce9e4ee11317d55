/**
 * Floor 2½. The trading curve of a pool as it stands at a row: what it would hold if the price of one asset were another and
 * nobody paid a fee. Its state is taken from a roll-out; from there an arbitrage of the pool's own leads to each price, with all
 * fees and costs 0 and no time gone by.
 */
import { buffer, constant, Expr, emit, load, type Program, prune, type Tree, trace } from '../graph/index.js';
import type { ParameterLayout } from '../rollout/layout.js';
import type { ModelContext, System } from '../rollout/model.js';
import { PARAMETERS } from '../rollout/names.js';
import type { Prices } from '../rollout/recorded.js';
import type { Path, Rollout } from '../rollout/rollout.js';
import { contexts, type RolloutSpec } from '../rollout/spec.js';
import type { SynchronousExecutable, SynchronousTarget } from '../targets/target.js';
import { createWatchedPool, type PoolRolloutOptions } from './rollout.js';
import { clockOf, completePool, type PoolSpec } from './spec.js';

/** A pool's holdings by the price of one asset, in ascending order of that. */
export interface TradingCurve {
  /** Prices of the asset in the numéraire, those of the others being as they are. */
  readonly prices: Float64Array;
  /** prices × kinds of reserves, row-major. */
  readonly reserves: Float64Array;
}

/** What a path observes in one row. */
export type Standing = Path['observed'];

/** The name by which the state is shown. */
const STATE = 'state of the pool';

const leavesOf = (tree: Tree): Expr[] =>
  tree instanceof Expr ? [tree] : Object.values<Tree>(tree as Readonly<Record<string, Tree>>).flatMap(leavesOf);

/** A tree of this shape, of leaves in order. */
function rebuilt(shape: Tree, leaves: Iterator<Expr>): Tree {
  if (shape instanceof Expr) return leaves.next().value;
  if (Array.isArray(shape)) return shape.map((part) => rebuilt(part, leaves));
  return Object.fromEntries(Object.entries<Tree>(shape).map(([key, part]) => [key, rebuilt(part, leaves)]));
}

/** A pool's system that shows its state with everything else. */
function showingState(system: System): System {
  return {
    ...system,
    observes: { ...system.observes, [STATE]: 'numbers that the pool carries' },
    run: (c) => {
      const run = system.run(c);
      return {
        ...run,
        observe: (state, now, t, within) => {
          // with weights that follow a rule the pool is a part of what is carried
          const carried = state as { readonly lane?: { readonly state: Tree }; readonly state?: Tree };
          const own = carried.lane?.state ?? carried.state;
          return { ...run.observe(state, now, t, within), [STATE]: leavesOf(own as Tree) };
        },
      };
    },
  };
}

/** The pool's parameters without what trading costs, in a context of which no time passes. */
function freeOfCharge(spec: PoolSpec, context: ModelContext): ModelContext {
  const declared = spec.pool.parameters(spec.settings);
  const value = Object.fromEntries(
    Object.entries(context.value).map(([key, x]) => [
      key,
      declared[key]?.role === 'fee' ? x.map(() => constant(0)) : x,
    ]),
  );
  return { ...context, value, settings: { ...context.settings, arbitrageCosts: 0, arbitrageEvery: 0 } };
}

/** Buffers of a set: the state, prices and weights; the reserves after an arbitrage there. */
function curveProgram(spec: PoolSpec, layout: ParameterLayout): Program {
  return prune(
    trace(`curve of ${spec.pool.name}`, () => {
      const n = spec.assets.length;
      const context = freeOfCharge(spec, contexts(n, layout, clockOf(spec))(spec.pool, spec.settings));
      const given = (name: string, size: number) => {
        const numbers = buffer('set', name, size);
        return Array.from({ length: size }, (_, i) => load(numbers, i));
      };
      const prices = given('prices', n);
      const weights = spec.pool.weights === 'none' ? [] : given('weights', n);
      const shape = spec.pool.init(context, { prices, weights }, constant(1));
      const state = rebuilt(shape, given(STATE, leavesOf(shape).length)[Symbol.iterator]());
      const after = spec.pool.arbitrage(context, state, { prices, weights }).state;
      const reserves = spec.pool.reserves(after, context);
      const out = buffer('output', 'reserves', reserves.length);
      reserves.forEach((r, i) => {
        emit(out, i, r);
      });
    }),
  );
}

/** Trading curves of a pool over data, with what is compiled for them. */
export class PoolCurves {
  private readonly spec: PoolSpec;
  private readonly rollout: Rollout;
  private readonly executable: SynchronousExecutable;

  /** Not of a pool whose parameters follow series: they have no value of their own. */
  constructor(spec: PoolSpec, data: Prices, target: SynchronousTarget, options: PoolRolloutOptions = {}) {
    // the closed forms of a pool without fees carry its value, not its state
    this.spec = completePool({ ...spec, zeroFee: false });
    const watched = (pool: RolloutSpec): RolloutSpec => ({ ...pool, system: showingState(pool.system) });
    this.rollout = createWatchedPool(this.spec, data, target, options, watched);
    this.executable = target.compile(curveProgram(this.spec, this.rollout.layout));
  }

  get layout(): ParameterLayout {
    return this.rollout.layout;
  }

  /** What is observed of a pool at the last row of a window, of one set: its state is there too, for `at`. */
  standing(raw: Float64Array, firstRow: number, windowRows: number): Standing {
    return this.rollout.path(raw, firstRow, windowRows, windowRows, windowRows - 1).observed;
  }

  /**
   * The curve of a pool as it stands.
   *
   * @param asset whose price is varied
   * @param ratios that price over the one at the row, ascending, > 0
   */
  at(raw: Float64Array, standing: Standing, asset: number, ratios: readonly number[]): TradingCurve {
    const sets = ratios.length;
    const everywhere = (numbers: ArrayLike<number>) =>
      Float64Array.from({ length: numbers.length * sets }, (_, k) => numbers[Math.floor(k / sets)]);
    const prices = everywhere(standing.prices);
    ratios.forEach((ratio, k) => {
      prices[asset * sets + k] *= ratio;
    });
    const buffers = { [PARAMETERS]: everywhere(raw), prices, [STATE]: everywhere(standing[STATE]) };
    const weighted =
      this.spec.pool.weights === 'none' ? buffers : { ...buffers, weights: everywhere(standing.weights) };
    const { reserves } = this.executable.run({ sets, windows: 1, run: {}, window: {}, buffers: weighted });
    const kinds = reserves.length / sets;
    return {
      prices: prices.slice(asset * sets, (asset + 1) * sets),
      // [kinds][sets] as rows of prices
      reserves: reserves.map((_, k) => reserves[(k % kinds) * sets + Math.floor(k / kinds)]),
    };
  }

  dispose(): void {
    this.rollout.dispose();
    this.executable.dispose();
  }
}
