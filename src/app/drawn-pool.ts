/**
 * Floor 5½. A pool on drawn prices. It reads rows at any time, so its scenarios are drawn beforehand, by the generator's own
 * roll-out, and laid one after another as the pieces of its data: a window is a scenario from its first row after the burn-in.
 * Each question has the pieces that it asks about; what was drawn is kept.
 */
import type { DrawnConfig, PoolConfig } from '../config/index.js';
import { checkDrawn } from '../data/synth.js';
import { createPoolRollout, type PoolRollout, type PoolRolloutOptions } from '../pools/rollout.js';
import { type PoolSpec, ruleRows } from '../pools/spec.js';
import { checkCount } from '../rollout/inputs.js';
import type { ParameterLayout } from '../rollout/layout.js';
import type { MemoryPlan } from '../rollout/memory.js';
import type { Prices } from '../rollout/recorded.js';
import type {
  Figures,
  Path,
  ResumableRollout,
  Rollout,
  Scores,
  ScoresAndGradient,
  Shares,
} from '../rollout/rollout.js';
import { type Resumable, toEnd } from '../targets/resumable.js';
import type { SynchronousTarget, Target } from '../targets/target.js';
import { NUMBER, refuseBeyond } from './bound.js';
import { DrawnPrices } from './drawn-prices.js';

/** A pool's roll-out whose windows are numbers of scenarios. */
export class DrawnPool implements Rollout {
  /** Rows of a scenario, with those before and after it that are read. */
  readonly pieceRows: number;
  private readonly burnInRows: number;
  private readonly source: DrawnPrices;
  private readonly drawn: Map<number, Float64Array>;
  private readonly pool: PoolRollout;
  private fed = '';

  constructor(
    private readonly config: PoolConfig & DrawnConfig,
    spec: PoolSpec,
    target: Target,
    options: PoolRolloutOptions,
    /** What draws the prices; or another pool on the same scenarios, whose prices are these too. */
    drawing: SynchronousTarget | DrawnPool,
  ) {
    const { data, assets, clock, windowRows, rule } = config;
    const each = rule === null ? 1 : ruleRows(spec);
    // windows start at a rule step, and a leg may follow an output that is made of its own last price
    const steps = Math.ceil((windowRows - 1) / each);
    this.burnInRows = Math.ceil(data.burnInRows / each) * each;
    this.pieceRows = this.burnInRows + (steps + 1) * each;
    const isDrawn = drawing instanceof DrawnPool;
    this.source = isDrawn ? drawing.source : new DrawnPrices(data.model, { assets, clock, seed: data.seed }, drawing);
    this.drawn = isDrawn ? drawing.drawn : new Map();
    const first = this.pieces([0]);
    this.pool = createPoolRollout(spec, first, target, options);
  }

  readonly resumable: ResumableRollout = {
    value: (raw, windows, rows) => this.pool.resumable.value(raw, this.rowsOf(windows), rows),
    gradient: (raw, windows, rows, counts) => this.pool.resumable.gradient(raw, this.rowsOf(windows), rows, counts),
    figures: (raw, windows, rows) => this.pool.resumable.figures(raw, this.rowsOf(windows), rows),
    tally: (raw, windows, rows) => this.pool.resumable.tally(raw, this.rowsOf(windows), rows),
    path: (...asked) => this.pathResumable(...asked),
  };

  get spec(): PoolSpec {
    return this.pool.spec;
  }

  get layout(): ParameterLayout {
    return this.pool.layout;
  }

  value(raw: Float64Array, windows: Int32Array, windowRows: number): Scores {
    return toEnd(this.resumable.value(raw, windows, windowRows));
  }

  gradient(raw: Float64Array, windows: Int32Array, windowRows: number, counts?: Float64Array): ScoresAndGradient {
    return toEnd(this.resumable.gradient(raw, windows, windowRows, counts));
  }

  figures(raw: Float64Array, windows: Int32Array, windowRows: number): Figures {
    return toEnd(this.resumable.figures(raw, windows, windowRows));
  }

  tally(raw: Float64Array, windows: Int32Array, windowRows: number): Shares {
    return toEnd(this.resumable.tally(raw, windows, windowRows));
  }

  path(raw: Float64Array, window: number, windowRows: number, every: number, skip = 0): Path {
    return toEnd(this.resumable.path(raw, window, windowRows, every, skip));
  }

  private *pathResumable(
    raw: Float64Array,
    window: number,
    windowRows: number,
    every: number,
    skip = 0,
  ): Resumable<Path> {
    checkCount('a scenario', window, 0);
    const [first] = this.rowsOf(Int32Array.of(window));
    const { rows, observed } = yield* this.pool.resumable.path(raw, first, windowRows, every, skip);
    return { rows: rows.map((row) => row - first), observed };
  }

  plan(sets: number, windows: number, windowRows: number): MemoryPlan {
    return this.pool.plan(sets, windows, windowRows);
  }

  dispose(): void {
    this.pool.dispose();
    this.source.dispose();
  }

  /** Throws a UserError where prices of `kept` scenarios, and the series of those `atOnce`, are more than may be held. */
  check(kept: number, atOnce: number): void {
    const n = this.config.assets.length;
    const rows = this.pieceRows * NUMBER;
    refuseBeyond(
      this.config.run.memory,
      `${kept} scenarios of ${this.pieceRows} rows with their burn-in, ${atOnce} at once`,
      'take fewer or shorter scenarios, or a longer interval',
      [
        { what: 'their prices', bytes: kept * rows * n },
        // prices one after another; prices, logarithms, their sums and activity, on this side and in the target's memory
        { what: 'series of those at once', bytes: atOnce * rows * (n + 2 * (3 * n + 1)) },
      ],
    );
  }

  /** The scenarios as data in pieces, and the rows that they begin at. */
  laid(windows: Int32Array): { readonly data: Prices; readonly windows: Int32Array } {
    const scenarios = [...new Set(windows)];
    return { data: this.pieces(scenarios), windows: this.firstRows(windows, scenarios) };
  }

  /** First rows of scenarios, whose prices are then the data. */
  private rowsOf(windows: Int32Array): Int32Array {
    const scenarios = [...new Set(windows)];
    const asked = scenarios.join();
    if (scenarios.length > 0 && asked !== this.fed) {
      this.pool.feed(this.pieces(scenarios));
      this.fed = asked;
    }
    return this.firstRows(windows, scenarios);
  }

  private firstRows(windows: Int32Array, scenarios: readonly number[]): Int32Array {
    return windows.map((scenario) => scenarios.indexOf(scenario) * this.pieceRows + this.burnInRows);
  }

  /** The scenarios one after another. */
  private pieces(scenarios: readonly number[]): Prices {
    const fresh = scenarios.filter((scenario) => !this.drawn.has(scenario));
    this.check(this.drawn.size + fresh.length, scenarios.length);
    for (const scenario of fresh) {
      checkCount('a scenario', scenario, 0);
      const own = this.source.prices(scenario, this.pieceRows);
      checkDrawn(own, 'change the parameters of data.model, or take shorter scenarios', `scenario ${scenario}`);
      this.drawn.set(scenario, own);
    }
    const { pieceRows } = this;
    const { assets } = this.config;
    const size = pieceRows * assets.length;
    const prices = new Float64Array(scenarios.length * size);
    scenarios.forEach((scenario, k) => {
      prices.set(this.drawn.get(scenario) ?? [], k * size);
    });
    return { assets, rows: scenarios.length * pieceRows, prices, volume: null, pieceRows };
  }
}
