/** Floor 2½. The roll-out of a pool over recorded prices: a system as any other, with its rule for a signal. */

import { UserError } from '../errors.js';
import { withFactors } from '../rollout/bridge.js';
import { CompiledRollout } from '../rollout/compiled.js';
import { checkPrices } from '../rollout/inputs.js';
import { ParameterLayout } from '../rollout/layout.js';
import type { Prices } from '../rollout/recorded.js';
import type { Path, Rollout, RolloutOptions, Shares } from '../rollout/rollout.js';
import { completeSpec, layoutOf, type RolloutSpec } from '../rollout/spec.js';
import { toEnd } from '../targets/resumable.js';
import type { Target } from '../targets/target.js';
import type { Route } from './route.js';
import { type RuleReadout, RuleSignal } from './rule-signal.js';
import { checkSeries, seriesNames } from './series.js';
import { clockOf, completePool, type PoolSpec, ruleRows } from './spec.js';
import { poolSystem } from './system.js';
import { vectorisedRule } from './vector-rule.js';

/** The path of one lane, row by row (every `every` steps). */
export interface Trajectory {
  /** Dataset row of each sample. */
  readonly rows: Int32Array;
  /** Pool value in the numéraire. */
  readonly values: Float64Array;
  /** rows × reserves, row-major. */
  readonly reserves: Float64Array;
  /** rows × n, row-major; null for pools without weights. */
  readonly weights: Float64Array | null;
  /** Fees earned since the start, in the numéraire. */
  readonly fees: Float64Array;
  /** Lost to arbitrageurs since the start: what they gained net of fees, in the numéraire. */
  readonly losses: Float64Array;
  /** What making the same changes of the reserves outside would have cost since the start, in the numéraire. */
  readonly rebalancing: Float64Array;
  /** The pool's own prices and their depths (see Quote), rows × n, row-major; null for pools without quotes. */
  readonly quotes: Float64Array | null;
  readonly depths: Float64Array | null;
  /** Where outside prices are beyond the pool's own (see PoolModel), rows × pairs; null for pools whose prices have no ends. */
  readonly beyond: Float64Array | null;
  /** Value of a flow's orders since the start, and of what of them came to the pool, in the numéraire; null without orders. */
  readonly orders: Orders | null;
}

export interface Orders {
  readonly offered: Float64Array;
  readonly routed: Float64Array;
}

export interface PoolRolloutOptions extends RolloutOptions {
  /** How the outputs of the rule are computed; `auto`, the default: vectorised on tfjs where the rule can, else the scan. */
  readonly route?: Route;
}

export interface PoolRollout extends Rollout {
  readonly spec: PoolSpec;
  /** Puts other data of the same assets, in pieces as long, in the place of those that there are. */
  feed(data: Prices): void;
  /** One set (`columns` numbers), one window; rows before step `skip` (default 0) are simulated but not recorded. */
  trajectory(raw: Float64Array, firstRow: number, windowRows: number, every: number, skip?: number): Trajectory;
  /** Of several sets, [columns][S], in one run: what `trajectory` gives of each, to the bit. */
  trajectories(raw: Float64Array, firstRow: number, windowRows: number, every: number, skip?: number): Trajectory[];
  /** Share of rule steps in which each guard bound, by set; empty without a rule. */
  guards(raw: Float64Array, windows: Int32Array, windowRows: number): Shares;
  /**
   * The rule's outputs [steps][n][S] from row 0 (after one leading row where `leadingRows` says so), and the estimator's
   * carry after them [leaves][S].
   */
  rule(raw: Float64Array, steps: number): { readonly outputs: Float64Array; readonly estimate: Float64Array };
  /** The same with the carry after every step, each number by its name. */
  readout(raw: Float64Array, steps: number): RuleReadout;
}

/** A pool's spec as that of a roll-out of any kind. */
export const asSystem = (spec: PoolSpec): RolloutSpec => ({
  assets: spec.assets,
  clock: clockOf(spec),
  source: { kind: 'recorded', series: seriesNames(spec) },
  system: poolSystem(spec),
  objective: spec.objective,
  penalties: spec.penalties,
  ...(spec.measured === undefined ? {} : { measured: spec.measured }),
  ...(spec.aggregate === undefined ? {} : { aggregate: spec.aggregate }),
  settings: spec.settings,
  ...(spec.blocks ? { seed: spec.blocks.seed } : {}),
});

/** All parameters of a pool's models, in order: pool, fee law, rule, flow. */
export function poolLayout({
  pool,
  feeLaw,
  rule,
  flow,
  settings,
  assets,
}: Pick<PoolSpec, 'pool' | 'feeLaw' | 'rule' | 'flow' | 'settings' | 'assets'>): ParameterLayout {
  const models = [pool, feeLaw, rule, flow].filter((model) => model !== null && model !== undefined);
  return new ParameterLayout(
    models.map(({ name, parameters }) => ({
      prefix: name,
      parameters: typeof parameters === 'function' ? parameters(settings) : parameters,
    })),
    assets,
  );
}

export function createPoolRollout(
  spec: PoolSpec,
  data: Prices,
  target: Target,
  options: PoolRolloutOptions = {},
): PoolRollout {
  return compiledPool(spec, data, target, options, (system) => system);
}

/** A pool's roll-out of which something else is observed and scored: `watch` makes that of the pool's own. */
export const createWatchedPool = (
  spec: PoolSpec,
  data: Prices,
  target: Target,
  options: PoolRolloutOptions,
  watch: (pool: RolloutSpec) => RolloutSpec,
): Rollout => compiledPool(spec, data, target, options, watch);

function compiledPool(
  spec: PoolSpec,
  data: Prices,
  target: Target,
  options: PoolRolloutOptions,
  made: (pool: RolloutSpec) => RolloutSpec,
): CompiledPool {
  const pool = completePool(spec);
  // prices are looked at before anything is made of them
  checkPrices(pool.assets, data, options.common?.checked);
  checkPieces(pool, data, options.route);
  const whole = pool.blocks ? withFactors(data) : data;
  return new CompiledPool(pool, completeSpec(made(asSystem(pool))), whole, target, options);
}

/** Refuses what would look from one piece of the data into another. */
function checkPieces(spec: PoolSpec, { pieceRows, rows }: Prices, route: Route = 'auto'): void {
  if (pieceRows === undefined) return;
  const each = spec.rule === null ? 1 : ruleRows(spec);
  if (!(pieceRows > 0 && pieceRows % each === 0 && rows % pieceRows === 0)) {
    throw new UserError(
      `rollout: ${rows} rows in pieces of a multiple of ${each} rows were expected, got pieces of ${pieceRows}; lengthen them`,
    );
  }
  if (spec.blocks) {
    throw new UserError(
      'rollout: data of one piece were expected with blocks, whose prices follow the rows around, got several; leave blocks out',
    );
  }
  if (route === 'vectorised') {
    throw new UserError(
      'rollout: data of one piece were expected for the route vectorised, got several; take route: auto or scan',
    );
  }
}

class CompiledPool extends CompiledRollout implements PoolRollout {
  private readonly rules: RuleSignal;
  private readonly pieceRows: number | null;

  constructor(
    readonly spec: PoolSpec,
    complete: RolloutSpec,
    data: Prices,
    target: Target,
    options: PoolRolloutOptions,
  ) {
    checkSeries(spec, data);
    const layout = layoutOf(complete);
    super(complete, layout, data, target, options);
    const own = this;
    this.pieceRows = data.pieceRows ?? null;
    this.rules = new RuleSignal(
      {
        spec,
        layout,
        executables: this.executables,
        pieceRows: this.pieceRows,
        get rows() {
          return own.rows ?? 0;
        },
        get market() {
          return own.market;
        },
      },
      // all steps at once run across the joints of pieces
      this.pieceRows === null ? vectorisedRule(spec, layout, data, target, options.route ?? 'auto') : null,
    );
    if (spec.rule !== null) this.join(this.rules);
  }

  feed(data: Prices): void {
    if (this.pieceRows === null || data.pieceRows !== this.pieceRows) {
      throw new UserError(
        `rollout: data in pieces of ${this.pieceRows ?? 'no'} rows were expected, as before, got ${data.pieceRows ?? 'one'}; make another roll-out for them`,
      );
    }
    checkSeries(this.spec, data);
    this.take(data);
  }

  trajectory(raw: Float64Array, firstRow: number, windowRows: number, every: number, skip = 0): Trajectory {
    return trajectoryOf(this.path(raw, firstRow, windowRows, every, skip));
  }

  trajectories(raw: Float64Array, firstRow: number, windowRows: number, every: number, skip = 0): Trajectory[] {
    return this.paths(raw, firstRow, windowRows, every, skip).map(trajectoryOf);
  }

  guards(raw: Float64Array, windows: Int32Array, windowRows: number): Shares {
    return this.tally(raw, windows, windowRows);
  }

  rule(raw: Float64Array, steps: number): { outputs: Float64Array; estimate: Float64Array } {
    return toEnd(this.rules.estimate(raw, steps));
  }

  readout(raw: Float64Array, steps: number): RuleReadout {
    return toEnd(this.rules.readout(raw, steps));
  }
}

const trajectoryOf = ({ rows, observed }: Path): Trajectory => ({
  rows,
  values: observed.value,
  reserves: observed.reserves,
  weights: observed.weights ?? null,
  fees: observed.fees,
  losses: observed.lost,
  rebalancing: observed.rebalancing,
  quotes: observed.quotes ?? null,
  depths: observed.depths ?? null,
  beyond: observed.beyond ?? null,
  orders: observed.offered === undefined ? null : { offered: observed.offered, routed: observed.routed },
});
