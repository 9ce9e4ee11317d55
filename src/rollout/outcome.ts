/** Floor 2. What a pool program stores on its way, and the score that it makes of it. */
import { type Buffer, buffer, type Expr, emit, input, load, type Operand, scan, type Tree } from '../graph/index.js';
import { type Accounts, opened } from './accounts.js';
import { contextAt } from './minute.js';
import type { MarketQuote, ObjectiveContext, ObjectiveModel, Quote } from './model.js';
import type { PoolTrace, Variant } from './pool-program.js';
import { type RolloutSpec, scoredBy } from './spec.js';

export interface Outcome {
  /** Value of the last minute. */
  readonly last: Expr;
  /** The start reserves at the last minute's prices, no gradient. */
  readonly hold: Expr;
  /** The start value spread evenly over the kinds of reserves, at the last minute's prices. */
  readonly uniform: Expr;
  /** Fees earned, in the numéraire. */
  readonly fees: Expr;
  /** Lost to arbitrageurs, and what making the same changes outside would have cost, in the numéraire. */
  readonly lost: Expr;
  readonly rebalancing: Expr;
  /** What all others left in the pool, in the numéraire. */
  readonly earned: Expr;
  /** Mean over rule steps of Σ|Δw|. */
  readonly turnover: Expr;
}

/** Stores samples for the objectives (score), the whole path (record) or the guards' counts (guards). */
export class Recorder {
  /**
   * One stream a model that folds, since a stream is read once: values, or ln(V/V₀) in a zero-fee roll-out; then, where the
   * model needs them, price and depth of each quote.
   */
  private readonly samples = new Map<ObjectiveModel, Buffer>();
  /** What a path is recorded in, by name; the first row tells how wide. */
  private readonly path = new Map<string, Buffer>();
  /** Quotes of the first minute. */
  private opening: readonly Quote[] = [];
  private logarithmic = false;

  constructor(
    spec: RolloutSpec,
    private readonly variant: Variant,
    private readonly minutes: Expr,
  ) {
    if (variant !== 'score') return;
    for (const model of scoredBy(spec)) {
      if (model.every === 0) continue;
      const columns = model.needsQuotes === true ? 1 + 2 * spec.assets.length : 1;
      const rows = minutes.div(model.every).maximum(1);
      this.samples.set(model, buffer('tape', `samples ${model.name}`, columns, { rows }));
    }
  }

  /** The state at minute 0. */
  first(s: PoolTrace, state: Tree, weights: readonly Expr[]): void {
    this.opening = quotesOf(s, state, 0);
    this.row(s, state, weights, opened(), null);
  }

  /** The state after minute t. */
  minute(s: PoolTrace, t: Expr, lane: Accounts & { readonly state: Tree }, weights: readonly Expr[]): void {
    this.sample(t, s.spec.pool.value(s.context, lane.state, s.market.prices(t)), quotesOf(s, lane.state, t));
    this.row(s, lane.state, weights, lane, t);
  }

  /** ln(V/V₀) after minute t of a roll-out without fees. */
  logSample(t: Expr, log: Expr): void {
    this.logarithmic = true;
    this.sample(t, log, []);
  }

  /** The same with what the pool holds. */
  logMinute(
    s: PoolTrace,
    t: Expr,
    log: Expr,
    reserves: readonly Expr[],
    accounts: Accounts,
    weights: readonly Expr[],
  ): void {
    this.logSample(t, log);
    this.store({ values: [s.value.mul(log.exp())], reserves, weights, ...columns(accounts) }, t);
  }

  /** Shares of rule steps in which the named guards bound. */
  guards(names: readonly string[], shares: readonly Expr[]): void {
    if (this.variant !== 'guards') return;
    names.forEach((name, i) => {
      emit(buffer('output', `guard ${name}`, 1), 0, shares[i]);
    });
  }

  private sample(t: Expr, value: Expr, quotes: readonly Quote[]): void {
    for (const [model, stream] of this.samples) {
      const columns = [value, ...(model.needsQuotes === true ? quotes.flatMap((q) => [q.price, q.depth]) : [])];
      const when = model.every === 1 ? null : t.mod(model.every).equal(0);
      for (const [i, x] of columns.entries()) emit(stream, i, x, t.div(model.every).sub(1), when);
    }
  }

  private row(s: PoolTrace, state: Tree, weights: readonly Expr[], accounts: Accounts, t: Expr | null): void {
    const { pool } = s.spec;
    const value = pool.value(s.context, state, s.market.prices(t ?? 0));
    // weights that no curve has are no part of a path
    const shown = pool.weights === 'none' ? [] : weights;
    const quotes = quotesOf(s, state, t ?? 0);
    this.store(
      {
        values: [value],
        reserves: pool.reserves(state),
        weights: shown,
        ...columns(accounts),
        quotes: quotes.map((q) => q.price),
        depths: quotes.map((q) => q.depth),
        beyond: pool.beyond?.(contextAt(s, t ?? 0), state, s.market.prices(t ?? 0)) ?? [],
      },
      t,
    );
  }

  /** A row of the path, every `every` minutes from minute `skip` on. */
  private store(row: Readonly<Record<string, readonly Expr[]>>, t: Expr | null): void {
    if (this.variant !== 'record') return;
    const [every, skip] = [input('every'), input('skip')];
    const rows = this.minutes.sub(skip).div(every).add(1);
    // the row of minute 0 is that of t = null
    const since = t === null ? null : t.sub(skip);
    const when = since === null ? skip.equal(0) : since.less(0).not().and(since.mod(every).equal(0));
    for (const [name, values] of Object.entries(row)) {
      if (values.length === 0) continue;
      const target = this.path.get(name) ?? buffer('output', name, values.length, { rows });
      this.path.set(name, target);
      for (const [i, x] of values.entries()) {
        emit(target, i, x, since === null ? 0 : since.div(every), when);
      }
    }
  }

  /** The quotes of the first minute beside the outside prices. */
  firstQuotes(s: PoolTrace): MarketQuote[] {
    return beside(s, this.opening, 0);
  }

  /** Folds over the samples of a model: v_1 … v_m. */
  fold<T extends Tree>(
    s: PoolTrace,
    model: ObjectiveModel,
    init: T,
    step: (carry: T, value: Expr, t: Expr, quotes: readonly MarketQuote[]) => T,
  ): T {
    const stream = this.samples.get(model);
    if (stream === undefined)
      throw new TypeError(`objective ${model.name}: fold needs samples, but every is ${model.every}`);
    return scan({
      name: `samples ${model.name}`,
      length: this.minutes.div(model.every),
      init,
      body: (carry, t) => {
        const [sample, ...quotes] = Array.from({ length: stream.columns }, (_, i) => load(stream, i, t));
        const value = this.logarithmic ? s.value.mul(sample.exp()) : sample;
        const read = s.spec.assets.flatMap((_, i) =>
          2 * i < quotes.length ? [{ price: quotes[2 * i], depth: quotes[2 * i + 1] }] : [],
        );
        return step(carry, value, t, beside(s, read, t.add(1).mul(model.every)));
      },
    });
  }
}

/** What the pool quotes with its parameters of minute t. */
const quotesOf = (s: PoolTrace, state: Tree, t: Operand): readonly Quote[] =>
  s.spec.pool.quotes?.(contextAt(s, t), state) ?? [];

/** Quotes beside the outside prices of minute t. */
function beside(s: PoolTrace, quotes: readonly Quote[], t: Operand): MarketQuote[] {
  const outside = quotes.length === 0 ? [] : s.market.prices(t);
  return quotes.map((q, i) => ({ ...q, outside: outside[i] }));
}

/** What a path shows of the accounts. */
const columns = ({ fees, lost, rebalancing }: Accounts): Record<string, Expr[]> => ({
  fees: [fees],
  losses: [lost],
  rebalancing: [rebalancing],
});

/** objective + Σ weight·penalty, from what the roll-out left. */
export function score(s: PoolTrace, outcome: Outcome): Expr {
  const known = new Map<ObjectiveModel, Expr>();
  const scoreOf = (model: ObjectiveModel): Expr => {
    const context: ObjectiveContext = {
      ...outcome,
      start: s.value,
      rows: s.minutes.add(1),
      samples: s.minutes.div(Math.max(1, model.every)),
      quotes: s.recorder.firstQuotes(s),
      fold: (init, step) => s.recorder.fold(s, model, init, step),
    };
    return model.score(model.everyMinute === true ? context : withoutMinutes(model, context));
  };
  // what is charged for may be what is maximised, and its samples are read once
  const of = (model: ObjectiveModel): Expr => {
    const made = known.get(model) ?? scoreOf(model);
    known.set(model, made);
    return made;
  };
  return s.spec.penalties.reduce((total, p) => total.add(of(p.model).mul(p.weight)), of(s.spec.objective));
}

/** Legs that are summed at once do not tell what single minutes did. */
function withoutMinutes({ name }: ObjectiveModel, context: ObjectiveContext): ObjectiveContext {
  const refused = (key: string) => ({
    get(): never {
      throw new TypeError(`objective ${name}: ${key} needs everyMinute: true`);
    },
  });
  return Object.defineProperties({ ...context }, { lost: refused('lost'), rebalancing: refused('rebalancing') });
}
