/**
 * Floor 5. The optimisation loop: parameter sets × random windows, stepped by an optimiser, compared on validation
 * windows. Nothing random has a state (see streams.ts), so the `TrainState` is all there is to resume from.
 */
import { UserError } from '../errors.js';
import type { BySets } from '../rollout/by-sets.js';
import { columnOf } from '../rollout/layout.js';
import { type Resumable, withTurns } from '../targets/resumable.js';
import { draw } from '../targets/runtime.js';
import { nextTurn } from '../targets/turn.js';
import type { Held } from './constraints.js';
import { bindingGuards, columnNames, withoutGradient } from './diagnose.js';
import type { Share, TrainEvent } from './events.js';
import { type Descent, descent, summarise } from './gradient.js';
import { type Answer, Keeper } from './keeper.js';
import { checkSlots, copySlots, type Optimizer, optimizerOf, type Slots } from './optimizer.js';
import { type Rise, stillRising, validationsSince } from './outcome.js';
import { checkOptions, checkProblem, type TrainOptions, type TrainProblem } from './problem.js';
import { checkResume } from './resume.js';
import { learningRate } from './schedule.js';
import { startRaw } from './starts.js';
import { type Best, frozen, type HistoryEntry, type TrainState } from './state.js';
import { STREAM, uniforms } from './streams.js';
import { bestSet, isBetter } from './validate.js';
import type { FixedWindows, ValidationWindows } from './windows.js';

/** What a validation that the signal cut short gives. */
const STOPPED = Symbol('stopped');

/** Noise on a re-seeded set, as a fraction of the spread of the starts. */
const RESEED_NOISE = 0.1;

export interface TrainHooks {
  readonly onEvent?: (event: TrainEvent) => void;
  /** Once an iteration, the last too: what it measured, the raws of all sets that this is of [columns][S], the best set so far. */
  readonly onMeasured?: (entry: HistoryEntry, raw: Float64Array, best: Best) => void;
  /** Called every `checkpointEvery` iterations, at the end, and when stopped by the signal. */
  readonly save?: (state: TrainState) => Promise<void>;
  /** Once aborted, what was reached is saved, and `train` returns. */
  readonly signal?: AbortSignal;
  /** Asked between parts of the work; where it gives a promise, all stands still until that is kept. Times leave it out. */
  readonly hold?: () => PromiseLike<void> | undefined;
  /** Goes on from here instead of starting. */
  readonly resume?: TrainState;
}

export interface TrainResult {
  readonly state: TrainState;
  readonly stopped: 'iterations' | 'patience' | 'signal';
  /** Where the best set was chosen: `train` if no rows were set apart for validation. */
  readonly selectedOn: 'validation' | 'train';
  /** The objective of the config's own start values on the windows where the best set was chosen; null where not finite. */
  readonly before: number | null;
  /** What is constrained, as the best set has it on the windows of each split; empty where nothing is. */
  readonly constraints: readonly { readonly training: Held; readonly validation: Held }[];
  /** Where validation still rose at the last iteration. */
  readonly stillRising: Rise | null;
  /** Guards that bind for the best set on these windows, with their share of rule steps. */
  readonly guards: Readonly<Record<string, number>>;
  /** Trainable parameters whose gradient was exactly 0 in all sets and iterations. */
  readonly withoutGradient: readonly string[];
  /** Of this call, not of the runs it resumed. */
  readonly seconds: number;
  readonly stepsPerSecond: number;
}

/**
 * Trains: the objective over random windows (or scenarios) of the train split (their mean, or what the roll-out makes of them) is made
 * large, set by set.
 *
 * Throws a UserError for options or a problem that make no sense, a state to resume that belongs to another run, windows
 * that do not fit the split, and when every set has left the finite numbers.
 */
export async function train(
  problem: TrainProblem,
  options: TrainOptions,
  hooks: TrainHooks = {},
): Promise<TrainResult> {
  checkOptions(options);
  checkProblem(problem);
  if (hooks.resume !== undefined) checkResume(hooks.resume, problem, options);
  return new Run(problem, options, hooks).loop();
}

/** What an iteration found at its raws, before its step. */
interface Measured {
  readonly found: Descent;
  readonly answer: Answer;
}

/** Of the finite sets. */
const meanViolations = (held: readonly (readonly Held[])[], finite: Uint8Array): number[] =>
  held[0].map((_, k) => {
    const violations = Float64Array.from(held, (set) => set[k].violation);
    return summarise(violations, finite).mean;
  });

class Run {
  private readonly optimizer: Optimizer;
  private readonly validation: ValidationWindows;
  /** What sets are compared by. */
  private readonly judge: BySets;
  /** Seconds for which the work was held. */
  private held = 0;
  private readonly began = this.seconds();
  private readonly moved: Uint8Array;
  /** [columns][S]; frozen columns are as the config has them to the last bit, −∞ too. */
  private raw: Float64Array;
  private slots: Slots;
  private readonly keeper: Keeper;
  private history: HistoryEntry[];
  private best: Best | null;
  private iteration: number;
  private reseeded: number;
  private gradientSeconds = 0;
  private iterationsHere = 0;

  constructor(
    private readonly problem: TrainProblem,
    private readonly options: TrainOptions,
    private readonly hooks: TrainHooks,
  ) {
    const { trainable, initial } = problem;
    const { resume } = hooks;
    this.validation = problem.windows.validation();
    this.judge = problem.judge ?? problem.rollout;
    this.iteration = resume?.iteration ?? 0;
    // a run that ended has measured the iteration at which this one goes on
    this.history = (resume?.history ?? []).filter((h) => h.iteration < this.iteration).map(frozen);
    this.best = resume?.best ?? null;
    this.moved = resume?.moved.slice() ?? new Uint8Array(trainable.length);
    this.reseeded = resume?.reseeded ?? 0;
    this.raw = this.within(resume?.raw ?? startRaw(problem, options));
    this.optimizer = optimizerOf(options.optimizer, initial);
    const fresh = this.optimizer.init(this.raw.length);
    this.slots = resume === undefined || resume.iteration === 0 ? fresh : resume.slots;
    checkSlots(this.slots, options.optimizer, fresh);
    this.keeper = new Keeper(problem, options.sets, resume ?? null);
  }

  async loop(): Promise<TrainResult> {
    const { iterations, checkpointEvery } = this.options;
    const { signal, save } = this.hooks;
    for (;;) {
      const measured = await this.measure();
      if (measured === null) return this.finish('signal');
      const outOfPatience = this.outOfPatience();
      if (this.iteration >= iterations || outOfPatience) {
        return this.finish(outOfPatience && this.iteration < iterations ? 'patience' : 'iterations');
      }
      this.step(measured);
      this.iteration++;
      this.report();
      await nextTurn();
      await this.hold();
      if (signal?.aborted === true) return this.finish('signal');
      if (save !== undefined && this.iteration % checkpointEvery === 0) await save(this.state(false));
    }
  }

  /**
   * Objective, gradient and, where it is due, validation at the present raws; adds to the history. null where the signal was
   * aborted meanwhile: nothing has changed then, and who goes on measures anew.
   */
  private async measure(): Promise<Measured | null> {
    const { problem, options, raw, keeper, iteration: i } = this;
    const { trainable } = problem;
    const windowRows = problem.windows.rows;
    const windows = problem.windows.draw(options.windows, uniforms(options.seed, STREAM.windows, i));
    const before = this.seconds();
    const answer = await this.attend('gradient', keeper.gradient(raw, { windows, windowRows }));
    if (answer === null) return null;
    const { objective, gradient, held } = answer;
    this.gradientSeconds += this.seconds() - before;
    this.iterationsHere++;
    const found = descent(objective, gradient, trainable, options.clipNorm);
    this.checkSets(found, objective, gradient);
    this.markMoved(found);
    if (i === 0 && !(await this.warn(raw, windows))) return null;
    const validation = await this.validate(raw);
    if (validation === STOPPED) return null;
    const { mean, largest } = summarise(objective, found.finite);
    const entry = frozen({
      iteration: i,
      objective: mean,
      bestObjective: largest,
      validation,
      learningRate: this.rate(),
      gradientNorm: summarise(found.norms, found.finite).mean,
      ...(held.length === 0 ? {} : { violations: meanViolations(held, found.finite) }),
    });
    this.history.push(entry);
    this.hooks.onMeasured?.(entry, raw, this.best!);
    return { found, answer };
  }

  private rate(): number {
    const { optimizer, schedule, iterations } = this.options;
    return learningRate(optimizer.learningRate, schedule, this.iteration, iterations);
  }

  /** Tells of the sets that are not finite; throws if none is. */
  private checkSets({ finite }: Descent, objective: Float64Array, gradient: Float64Array): void {
    const { rollout, trainable, metric } = this.problem;
    const broken = [...finite.keys()].filter((s) => finite[s] === 0);
    const infinite = (s: number) => {
      const column = columnOf(gradient, finite.length, s);
      const marked = Uint8Array.from(column, (g) => (Number.isFinite(g) ? 0 : 1));
      return columnNames(rollout.layout, marked, trainable);
    };
    if (broken.length === finite.length) {
      const names = infinite(0);
      throw new UserError(
        `train: ${metric} or its gradient is not finite in any of the ${finite.length} sets at iteration ${this.iteration} (set 0: objective ${objective[0]}${names.length > 0 ? `, gradient of ${names.join(', ')}` : ''}); lower the learning rate or the spread, clip the gradient, or bound the parameters`,
      );
    }
    for (const set of broken) {
      const donor = this.donor(finite, set);
      this.hooks.onEvent?.({
        kind: 'nonFinite',
        iteration: this.iteration,
        set,
        objective: objective[set],
        parameters: infinite(set),
        donor,
      });
    }
  }

  private donor(finite: Uint8Array, set: number): number {
    const healthy = [...finite.keys()].filter((s) => finite[s] === 1);
    return healthy[Math.floor(draw(this.options.seed, STREAM.donor, this.iteration, set) * healthy.length)];
  }

  private markMoved({ direction }: Descent): void {
    const sets = direction.length / this.moved.length;
    for (let i = 0; i < direction.length; i++) if (direction[i] !== 0) this.moved[Math.floor(i / sets)] = 1;
  }

  /** Roll-outs in parts, told of as events; null where the signal was aborted before their end. */
  private attend<T>(doing: Share['doing'], parts: Resumable<T>): Promise<T | null> {
    const { iteration, hooks, options } = this;
    const { signal, onEvent } = hooks;
    const onShare = (share: number) =>
      onEvent?.({ kind: 'share', iteration, iterations: options.iterations, doing, share });
    return withTurns(parts, { signal, onShare, hold: () => this.hold() });
  }

  /** Waits as long as its caller wants it to. */
  private async hold(): Promise<void> {
    const held = this.hooks.hold?.();
    if (held === undefined) return;
    const before = this.seconds();
    await held;
    this.held += this.seconds() - before;
  }

  /** A clock that stands still while the work is held. */
  private seconds(): number {
    return performance.now() / 1000 - this.held;
  }

  /**
   * Once, at the start: what cannot be trained and what is held back, while there is time to change the config. False where
   * the signal was aborted meanwhile.
   */
  private async warn(raw: Float64Array, windows: Int32Array): Promise<boolean> {
    const { rollout, windows: all, trainable } = this.problem;
    const parameters = withoutGradient(rollout.layout, this.moved, trainable);
    if (parameters.length > 0) this.hooks.onEvent?.({ kind: 'zeroGradient', parameters });
    const shares = await this.attend('guards', bindingGuards(rollout, raw, windows, all.rows));
    if (shares === null) return false;
    if (Object.keys(shares).length > 0) this.hooks.onEvent?.({ kind: 'guards', shares });
    return true;
  }

  /** The validation of the best set, every `validateEvery` iterations and at the last; null in the others. */
  private async validate(raw: Float64Array): Promise<number | null | typeof STOPPED> {
    const { sets, validateEvery, iterations } = this.options;
    const { iteration } = this;
    if (iteration % validateEvery !== 0 && iteration < iterations) return null;
    const sought = await this.attend('validation', bestSet(this.judge, raw, this.validation, this.keeper));
    if (sought === null) return STOPPED;
    const { found } = sought;
    if (found === null) {
      if (this.best !== null) return null;
      throw new UserError(
        `train: ${this.problem.metric} is not finite on the ${this.validation.split} windows for any of the ${sets} starting sets; check the initial parameters and the data`,
      );
    }
    const isBest = this.best === null || isBetter(found, this.best);
    if (isBest) this.best = { ...found, iteration, raw: columnOf(raw, sets, found.set) };
    const { set, validation, excess = 0 } = found;
    this.hooks.onEvent?.({ kind: 'validation', iteration, set, validation, holds: excess === 0, isBest });
    return found.validation;
  }

  private outOfPatience(): boolean {
    const { patience } = this.options;
    return patience !== null && validationsSince(this.history, this.best!) >= patience;
  }

  /** One step of all finite sets; the others start anew beside one of them. Bounds hold afterwards. */
  private step({ found: { direction, scales, finite }, answer }: Measured): void {
    const before = this.raw;
    const { raw, slots, metric } = this.optimizer.update(this.slots, before, direction, this.rate());
    this.slots = slots;
    for (let s = 0; s < finite.length; s++) {
      if (finite[s] === 1 && this.keeper.constraints.length > 0) this.keepBounds(raw, metric, s, answer, scales[s]);
    }
    for (let s = 0; s < finite.length; s++) {
      if (finite[s] === 1) continue;
      const donor = this.donor(finite, s);
      this.reseed(raw, before, s, donor);
      this.slots = copySlots(this.slots, finite.length, donor, s);
      this.keeper.copy(donor, s);
      this.reseeded++;
    }
    this.raw = this.within(raw);
  }

  /** Moves the step of set `s` so that constraints hold by their gradients. */
  private keepBounds(raw: Float64Array, metric: Float64Array, s: number, answer: Answer, scale: number): void {
    const { sets } = this.options;
    const { bounds } = this.problem;
    const before = columnOf(this.raw, sets, s);
    // frozen columns may be infinite
    const step = columnOf(raw, sets, s).map((x, c) => (Number.isFinite(x) ? x - before[c] : 0));
    const free = {
      step,
      metric: columnOf(metric, sets, s),
      low: bounds.low.map((x, c) => x - before[c]),
      high: bounds.high.map((x, c) => x - before[c]),
    };
    this.keeper.keep(s, free, answer, scale, this.iteration === 0).forEach((delta, c) => {
      raw[c * sets + s] = before[c] + delta;
    });
  }

  /** Set `s` from where its donor was last seen to be finite, and uniform noise: [columns][S]. */
  private reseed(raw: Float64Array, before: Float64Array, s: number, donor: number): void {
    const { trainable, spread } = this.problem;
    const { sets, seed } = this.options;
    const reach = RESEED_NOISE * spread * Math.sqrt(12);
    for (let c = 0; c < trainable.length; c++) {
      const noise = trainable[c] === 1 ? reach * (draw(seed, STREAM.noise, this.iteration, c * sets + s) - 0.5) : 0;
      raw[c * sets + s] = before[c * sets + donor] + noise;
    }
  }

  /** The nearest point within the bounds, frozen columns as the config has them: [columns][S]. */
  private within(raw: Float64Array): Float64Array {
    const { trainable, initial, bounds } = this.problem;
    const { sets } = this.options;
    return raw.map((x, i) => {
      const c = Math.floor(i / sets);
      return trainable[c] === 1 ? Math.min(Math.max(x, bounds.low[c]), bounds.high[c]) : initial[c];
    });
  }

  private report(): void {
    const { iterations, sets, windows } = this.options;
    const last = this.history[this.history.length - 1];
    const elapsed = this.seconds() - this.began;
    this.hooks.onEvent?.({
      kind: 'progress',
      iteration: this.iteration,
      iterations,
      objective: last.objective,
      bestObjective: last.bestObjective,
      validation: this.best!.validation,
      violations: last.violations ?? [],
      learningRate: last.learningRate,
      gradientNorm: last.gradientNorm,
      stepsPerSecond: this.speed(sets * windows),
      etaSeconds: (elapsed / this.iterationsHere) * (iterations - this.iteration),
    });
  }

  private speed(lanes: number): number {
    // a run that was stopped within its first step has none
    if (this.iterationsHere === 0) return 0;
    return (lanes * this.problem.windows.rows * this.iterationsHere) / this.gradientSeconds;
  }

  private state(finished: boolean): TrainState {
    return {
      iteration: this.iteration,
      sets: this.options.sets,
      seed: this.options.seed,
      raw: this.raw,
      optimizer: this.options.optimizer.name,
      slots: this.iteration === 0 ? {} : this.slots,
      ...this.keeper.saved,
      history: [...this.history],
      best: this.best!,
      moved: this.moved.slice(),
      reseeded: this.reseeded,
      finished,
    };
  }

  /** The constraints of the best set, on all windows of training and on those of validation. */
  private *kept(raw: Float64Array): Resumable<TrainResult['constraints']> {
    const { windows } = this.problem;
    const { keeper, judge } = this;
    if (keeper.constraints.length === 0) return [];
    function* on(some: FixedWindows): Resumable<readonly Held[]> {
      const { measuresByWindow } = yield* judge.resumable.value(raw, some.windows, some.windowRows);
      return (yield* keeper.of(judge, measuresByWindow, some))[0];
    }
    const training = yield* on(windows.training());
    const validation = yield* on(this.validation);
    return training.map((held, k) => ({ training: held, validation: validation[k] }));
  }

  private async finish(stopped: TrainResult['stopped']): Promise<TrainResult> {
    if (this.best === null) {
      throw new UserError('train: stopped before the first iteration was measured; there is nothing to save yet');
    }
    const { rollout, trainable, initial } = this.problem;
    const { windows, windowRows, split } = this.validation;
    const state = this.state(stopped !== 'signal');
    await this.hooks.save?.(state);
    const [before] = (await withTurns(this.judge.resumable.value(initial, windows, windowRows))).objective;
    return {
      state,
      stopped,
      selectedOn: split,
      before: Number.isFinite(before) ? before : null,
      constraints: await withTurns(this.kept(state.best.raw)),
      stillRising: stillRising(state.history, state.best),
      guards: await withTurns(bindingGuards(this.judge, state.best.raw, windows, windowRows)),
      withoutGradient: withoutGradient(rollout.layout, this.moved, trainable),
      seconds: this.seconds() - this.began,
      stepsPerSecond: this.speed(this.options.sets * this.options.windows),
    };
  }
}
