/** Floor 2. What a program stores on its way — samples for its objectives, a path, counts — and the score that it makes of it. */
import { type Buffer, buffer, type Expr, emit, input, load, scan, type Tree } from '../graph/index.js';
import { rowsOf } from './clock.js';
import type { Derived, ObjectiveContext, ObjectiveModel, Row } from './model.js';
import { EVERY_INPUT, lastOf, measureOf, SCORE, SKIP_INPUT, scoreOf, type Variant } from './names.js';
import { type RolloutSpec, sampledEvery, scoredBy } from './spec.js';

export class Recorder {
  /** One stream a model that folds, since a stream is read once: what it reads, name by name. */
  private readonly samples = new Map<ObjectiveModel, Stream>();
  /** What a path is recorded in, by name; the first row tells how wide. */
  private readonly path = new Map<string, Buffer>();

  constructor(
    private readonly spec: RolloutSpec,
    private readonly variant: Variant,
    private readonly steps: Expr,
    private readonly derived: Readonly<Record<string, Derived>>,
  ) {}

  /** What is observed at the first row. */
  first(observed: Row): void {
    if (this.variant === 'record') this.store(this.complete(observed), null);
    if (this.variant !== 'score' && this.variant !== 'figures') return;
    const { clock } = this.spec;
    for (const model of scoredBy(this.spec)) {
      const every = sampledEvery(model, clock);
      if (every > 0) this.samples.set(model, new Stream(model, every, observed, this.steps, this.derived));
    }
  }

  /** What is observed after step t, where somebody looks. */
  step(t: Expr, observe: () => Row): void {
    if (this.variant === 'tally') return;
    if (this.variant === 'record') this.store(this.complete(observe()), t);
    if (this.samples.size === 0) return;
    const observed = observe();
    for (const stream of this.samples.values()) stream.write(observed, t);
  }

  /** A row with all that is made of it; what it has itself stands. */
  private complete(row: Row): Row {
    return { ...Object.fromEntries(Object.entries(this.derived).map(([name, d]) => [name, d.of(row)])), ...row };
  }

  /** Shares of epochs, by name. */
  tally(shares: Readonly<Record<string, Expr>>): void {
    if (this.variant !== 'tally') return;
    for (const [name, share] of Object.entries(shares)) emit(buffer('output', name, 1), 0, share);
  }

  /** objective + Σ weight·penalty, from what the roll-out left, and what is measured beside it. */
  score(first: Row, last: Row): void {
    const { objective, penalties, measured = [] } = this.spec;
    const known = new Map<ObjectiveModel, Expr>();
    // what is charged for may be what is maximised, and its samples are read once
    const of = (model: ObjectiveModel): Expr => {
      const made = known.get(model) ?? model.score(this.contextOf(model, first, last));
      known.set(model, made);
      return made;
    };
    if (this.variant === 'figures') {
      this.figures(of, last);
      return;
    }
    const total = penalties.reduce((sum, p) => sum.add(of(p.model).mul(p.weight)), of(objective));
    emit(buffer('output', SCORE, 1), 0, total);
    for (const [k, model] of measured.entries()) emit(buffer('output', measureOf(k), 1), 0, of(model));
  }

  /** Every model's score, and every number of the last row. */
  private figures(of: (model: ObjectiveModel) => Expr, last: Row): void {
    for (const model of new Set(scoredBy(this.spec))) emit(buffer('output', scoreOf(model.name), 1), 0, of(model));
    const { system } = this.spec;
    const told = { ...system.observes, ...system.outcome };
    for (const [name, values] of Object.entries(this.complete(last))) {
      if (values.length === 0 || !Object.hasOwn(told, name)) continue;
      const out = buffer('output', lastOf(name), values.length);
      for (const [i, x] of values.entries()) emit(out, i, x);
    }
  }

  private contextOf(model: ObjectiveModel, first: Row, last: Row): ObjectiveContext {
    const { clock } = this.spec;
    const stream = this.samples.get(model);
    return {
      first: declared(model, this.complete(first)),
      last: declared(model, this.complete(last)),
      rows: this.steps.add(1),
      samples: this.steps.div(Math.max(1, sampledEvery(model, clock))),
      rowsOf: (minutes) => rowsOf(clock, minutes),
      clock,
      fold: (init, step) => {
        if (stream === undefined)
          throw new TypeError(`objective ${model.name}: fold needs samples, but every is ${model.every}`);
        return stream.fold(init, step);
      },
    };
  }

  /** A row of the path, every `every` steps from step `skip` on. */
  private store(row: Row, t: Expr | null): void {
    const [every, skip] = [input(EVERY_INPUT), input(SKIP_INPUT)];
    const rows = this.steps.sub(skip).div(every).add(1);
    // the row of step 0 is that of t = null
    const since = t === null ? null : t.sub(skip);
    const when = since === null ? skip.equal(0) : since.less(0).not().and(since.mod(every).equal(0));
    for (const [name, values] of Object.entries(row)) {
      // what others are made of is no observation
      if (values.length === 0 || !Object.hasOwn(this.spec.system.observes, name)) continue;
      const target = this.path.get(name) ?? buffer('output', name, values.length, { rows });
      this.path.set(name, target);
      for (const [i, x] of values.entries()) {
        emit(target, i, x, since === null ? 0 : since.div(every), when);
      }
    }
  }
}

/** A row of which an objective sees what it says that it reads: what it does not declare may not have been observed. */
function declared({ name, reads }: ObjectiveModel, row: Row): Row {
  return Object.defineProperties(
    {},
    Object.fromEntries(
      Object.keys(row).map((key) => [
        key,
        reads.includes(key)
          ? { value: row[key], enumerable: true }
          : {
              get(): never {
                throw new TypeError(
                  `objective ${name}: ${key} is not among what it reads (${reads.join(', ')}); add it to reads`,
                );
              },
            },
      ]),
    ),
  );
}

/** What one objective samples on the way, and folds over afterwards. */
class Stream {
  private readonly tape: Buffer;
  /** What is stored, and how many numbers of each. */
  private readonly widths: readonly (readonly [name: string, width: number])[];
  /** What is made of it. */
  private readonly derived: readonly (readonly [name: string, of: Derived['of']])[];

  constructor(
    model: ObjectiveModel,
    private readonly every: number,
    observed: Row,
    private readonly steps: Expr,
    derived: Readonly<Record<string, Derived>>,
  ) {
    const stored = model.reads.flatMap((name) => (Object.hasOwn(derived, name) ? derived[name].from : [name]));
    const there = [...new Set(stored)].filter((name) => Object.hasOwn(observed, name));
    this.widths = there.map((name) => [name, observed[name].length]);
    this.derived = model.reads.flatMap((name) => (Object.hasOwn(derived, name) ? [[name, derived[name].of]] : []));
    const columns = this.widths.reduce((sum, [, width]) => sum + width, 0);
    this.tape = buffer('tape', `samples ${model.name}`, columns, { rows: steps.div(every).maximum(1) });
  }

  write(observed: Row, t: Expr): void {
    const when = this.every === 1 ? null : t.mod(this.every).equal(0);
    const columns = this.widths.flatMap(([name]) => observed[name]);
    for (const [i, x] of columns.entries()) emit(this.tape, i, x, t.div(this.every).sub(1), when);
  }

  fold<T extends Tree>(init: T, step: (carry: T, sample: Row, t: Expr) => T): T {
    return scan({
      name: this.tape.name,
      length: this.steps.div(this.every),
      init,
      body: (carry, t) => {
        let at = 0;
        const stored = Object.fromEntries(
          this.widths.map(([name, width]) => [name, Array.from({ length: width }, () => load(this.tape, at++, t))]),
        );
        const made = Object.fromEntries(this.derived.map(([name, of]) => [name, of(stored)]));
        return step(carry, { ...stored, ...made }, t);
      },
    });
  }
}
