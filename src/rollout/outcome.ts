/** Floor 2. What a pool program stores on its way, and the score that it makes of it. */
import { type Buffer, buffer, type Expr, emit, input, load, scan, type Tree } from '../graph/index.js';
import type { ObjectiveModel } from './model.js';
import type { PoolTrace, Variant } from './pool-program.js';
import type { RolloutSpec } from './spec.js';

export interface Outcome {
  /** Value of the last minute. */
  readonly last: Expr;
  /** The start reserves at the last minute's prices, no gradient. */
  readonly hold: Expr;
  /** Mean over rule steps of Σ|Δw|. */
  readonly turnover: Expr;
}

/** Stores samples for the objectives (score), the whole path (record) or the guards' counts (guards). */
export class Recorder {
  /** One stream a model that folds, since a stream is read once: values, or ln(V/V₀) in a zero-fee roll-out. */
  private readonly samples = new Map<ObjectiveModel, Buffer>();
  private readonly path: {
    values: Buffer;
    /** As many columns as the pool has reserves, which its first ones tell. */
    reserves: Buffer | null;
    weights: Buffer | null;
    fees: Buffer;
    every: Expr;
    rows: Expr;
  } | null = null;
  private logarithmic = false;

  constructor(
    spec: RolloutSpec,
    private readonly variant: Variant,
    private readonly minutes: Expr,
  ) {
    if (variant === 'score') {
      for (const model of [spec.objective, ...spec.penalties.map((p) => p.model)]) {
        if (model.every > 0)
          this.samples.set(
            model,
            buffer('tape', `samples ${model.name}`, 1, { rows: minutes.div(model.every).maximum(1) }),
          );
      }
    }
    if (variant === 'record') {
      const every = input('every');
      const rows = minutes.div(every).add(1);
      const n = spec.assets.length;
      this.path = {
        every,
        rows,
        values: buffer('output', 'values', 1, { rows }),
        reserves: null,
        weights: spec.pool.weights === 'none' ? null : buffer('output', 'weights', n, { rows }),
        fees: buffer('output', 'fees', 1, { rows }),
      };
    }
  }

  /** The state at minute 0. */
  first(s: PoolTrace, state: Tree, weights: readonly Expr[]): void {
    if (this.path === null) return;
    this.row(
      s.spec.pool.reserves(state),
      weights,
      s.spec.pool.value(s.context, state, s.market.prices(0)),
      s.value.mul(0),
      undefined,
    );
  }

  /** The state after minute t. */
  minute(s: PoolTrace, t: Expr, lane: { readonly state: Tree; readonly fees: Expr }, weights: readonly Expr[]): void {
    const value = s.spec.pool.value(s.context, lane.state, s.market.prices(t));
    this.sample(t, value);
    if (this.path !== null) this.row(s.spec.pool.reserves(lane.state), weights, value, lane.fees, t);
  }

  /** ln(V/V₀) after minute t of a roll-out without fees. */
  logValue(s: PoolTrace, t: Expr, log: Expr, weights: readonly Expr[]): void {
    this.logarithmic = true;
    this.sample(t, log);
    if (this.path === null || s.spec.pool.zeroFee === undefined) return;
    const value = s.value.mul(log.exp());
    this.row(s.spec.pool.zeroFee.reserves(weights, s.market.prices(t), value), weights, value, value.mul(0), t);
  }

  /** Shares of rule steps in which the named guards bound. */
  guards(names: readonly string[], shares: readonly Expr[]): void {
    if (this.variant !== 'guards') return;
    names.forEach((name, i) => {
      emit(buffer('output', `guard ${name}`, 1), 0, shares[i]);
    });
  }

  private sample(t: Expr, value: Expr): void {
    for (const [model, stream] of this.samples) {
      emit(stream, 0, value, t.div(model.every).sub(1), t.mod(model.every).equal(0));
    }
  }

  private row(reserves: readonly Expr[], weights: readonly Expr[], value: Expr, fees: Expr, t: Expr | undefined): void {
    if (this.path === null) return;
    const { path } = this;
    const slot = t === undefined ? 0 : t.div(path.every);
    const when = t === undefined ? null : t.mod(path.every).equal(0);
    path.reserves ??= buffer('output', 'reserves', reserves.length, { rows: path.rows });
    emit(path.values, 0, value, slot, when);
    emit(path.fees, 0, fees, slot, when);
    for (const [i, r] of reserves.entries()) emit(path.reserves, i, r, slot, when);
    if (path.weights !== null) for (const [i, w] of weights.entries()) emit(path.weights, i, w, slot, when);
  }

  /** Folds over the samples of a model: v_1 … v_m. */
  fold<T extends Tree>(s: PoolTrace, model: ObjectiveModel, init: T, step: (carry: T, value: Expr, t: Expr) => T): T {
    const stream = this.samples.get(model);
    if (stream === undefined)
      throw new TypeError(`objective ${model.name}: fold needs samples, but every is ${model.every}`);
    return scan({
      name: `samples ${model.name}`,
      length: this.minutes.div(model.every),
      init,
      body: (carry, t) => {
        const sample = load(stream, 0, t);
        return step(carry, this.logarithmic ? s.value.mul(sample.exp()) : sample, t);
      },
    });
  }
}

/** objective + Σ weight·penalty, from what the roll-out left. */
export function score(s: PoolTrace, outcome: Outcome): Expr {
  const of = (model: ObjectiveModel): Expr =>
    model.score({
      ...outcome,
      start: s.value,
      samples: s.minutes.div(Math.max(1, model.every)),
      fold: (init, step) => s.recorder.fold(s, model, init, step),
    });
  return s.spec.penalties.reduce((total, p) => total.add(of(p.model).mul(p.weight)), of(s.spec.objective));
}
