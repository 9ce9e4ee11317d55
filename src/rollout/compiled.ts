/** Floor 2. A roll-out as its target runs it: the system's programs, one for each question, after those of its signal. */
import { UserError } from '../errors.js';
import { DeviceArrays, onHost, runResumable } from '../targets/device-arrays.js';
import { precisionOf } from '../targets/precision.js';
import { atShare, type Resumable, toEnd } from '../targets/resumable.js';
import type { Outputs, Resident, Target } from '../targets/target.js';
import { MEAN } from './aggregate.js';
import { Executables } from './executables.js';
import {
  checkCount,
  checkCounts,
  checkOneSet,
  checkPrices,
  checkSource,
  checkWindows,
  countSets,
  withholdBroken,
} from './inputs.js';
import { columnOf, type ParameterLayout } from './layout.js';
import { lanesWithin, type MemoryPlan, planMemory } from './memory.js';
import {
  EVERY_INPUT,
  FIRST_INPUT,
  LIKELIHOOD,
  lastOf,
  MARKET,
  PARAMETERS,
  SCENARIO_INPUT,
  SCORE,
  SEED_INPUT,
  SKIP_INPUT,
  STEPS_INPUT,
  scoreOf,
  type Variant,
} from './names.js';
import { Programs } from './programs.js';
import { marketSeries, type Prices, pieceRowsOf } from './recorded.js';
import type {
  Figures,
  Path,
  ResumableRollout,
  Rollout,
  RolloutOptions,
  Scores,
  ScoresAndGradient,
  Shares,
} from './rollout.js';
import { cotangentsOf, meansOf, overWindows, scoresOver } from './scores.js';
import type { Signal } from './signal.js';
import { completeSpec, layoutOf, type RolloutSpec, scoredBy } from './spec.js';

/** Which windows are asked about, by how many sets. */
interface Asked {
  readonly raw: Float64Array;
  readonly sets: number;
  readonly windows: Int32Array;
  readonly windowRows: number;
}

/** What a roll-out has of its data. */
interface RecordedData {
  readonly rows: number | null;
  readonly pieceRows?: number;
  /** What programs read of it: made when the first of them runs. */
  readonly market: () => Float64Array;
}

const NOTHING = new Float64Array(0);

export class CompiledRollout implements Rollout {
  readonly executables: Executables;
  private recorded: RecordedData = { rows: null, market: () => NOTHING };
  private readonly programs: Programs;
  private readonly plans = new Map<string, MemoryPlan>();
  private readonly precision;
  private signal: Signal | null = null;

  constructor(
    private readonly complete: RolloutSpec,
    readonly layout: ParameterLayout,
    data: Prices | null,
    private readonly target: Target,
    private readonly options: RolloutOptions,
  ) {
    this.precision = precisionOf(target, options.precision);
    this.programs = new Programs(complete, layout, () => this.signal?.differentiable ?? []);
    this.executables = new Executables(target, options.threads, this.precision, options.common);
    this.take(data);
  }

  /** Rows of the data; null where the source is drawn. */
  get rows(): number | null {
    return this.recorded.rows;
  }

  /** What a recorded source reads, one for all lanes. */
  get market(): Float64Array {
    return this.recorded.market();
  }

  /** Puts other data in the place of those that there are. */
  protected take(data: Prices | null): void {
    const { source, assets } = this.complete;
    if (source.kind !== 'recorded') return;
    const { common } = this.options;
    if (data !== null) checkPrices(assets, data, common?.checked);
    this.recorded =
      data === null
        ? { rows: 0, market: () => NOTHING }
        : {
            rows: data.rows,
            pieceRows: pieceRowsOf(data),
            market: once(() => common?.market(data, source.series) ?? marketSeries(data, source.series)),
          };
  }

  /** Joins what is computed once a set, whose programs may share this roll-out's executables. */
  join(signal: Signal): void {
    this.signal = signal;
  }

  readonly resumable: ResumableRollout = {
    value: (...asked) => this.valueResumable(this.asked(...asked)),
    gradient: (raw, windows, windowRows, counts) =>
      this.gradientResumable(this.asked(raw, windows, windowRows), counts),
    figures: (...asked) => this.figuresResumable(this.asked(...asked)),
    tally: (...asked) => this.tallyResumable(this.asked(...asked)),
    path: (...asked) => this.pathResumable(...asked),
  };

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

  private pathResumable(
    raw: Float64Array,
    window: number,
    windowRows: number,
    every: number,
    skip = 0,
  ): Resumable<Path> {
    checkOneSet(raw, this.layout.columns);
    return firstOf(this.pathsResumable(raw, window, windowRows, every, skip));
  }

  /** The paths of all sets in one run: as `path` of each, to the bit. */
  protected paths(raw: Float64Array, window: number, windowRows: number, every: number, skip: number): Path[] {
    return toEnd(this.pathsResumable(raw, window, windowRows, every, skip));
  }

  private pathsResumable(
    raw: Float64Array,
    window: number,
    windowRows: number,
    every: number,
    skip: number,
  ): Resumable<Path[]> {
    // before it is cut to an integer
    checkWindows(this.complete, this.rows, [window], windowRows, this.recorded.pieceRows);
    checkCount('steps between samples', every, 1);
    const asked = this.asked(raw, Int32Array.of(window), windowRows);
    if (!(Number.isInteger(skip) && skip >= 0 && skip < windowRows)) {
      throw new UserError(`rollout: steps to skip must be a whole number below ${windowRows}, got ${skip}`);
    }
    return this.recordResumable(asked, every, skip);
  }

  private *recordResumable(asked: Asked, every: number, skip: number): Resumable<Path[]> {
    const observed = yield* this.forward('record', asked, { [EVERY_INPUT]: every, [SKIP_INPUT]: skip });
    const first = skip + (this.rows === null ? 0 : asked.windows[0]);
    const samples = Math.floor((asked.windowRows - 1 - skip) / every) + 1;
    const rows = new Int32Array(samples);
    for (let i = 0; i < samples; i++) rows[i] = first + i * every;
    return Array.from({ length: asked.sets }, (_, set) => ({
      rows,
      observed: Object.fromEntries(
        Object.entries(observed).map(([name, values]) => [
          name,
          asked.sets === 1 ? values : columnOf(values, asked.sets, set),
        ]),
      ),
    }));
  }

  plan(sets: number, windows: number, windowRows: number): MemoryPlan {
    const key = `${sets}.${windows}.${windowRows}`;
    const known = this.plans.get(key);
    if (known !== undefined) return known;
    const made = planMemory({
      scan: this.programs.outermost,
      steps: Math.ceil((windowRows - 1) / (this.programs.epoch ?? 1)),
      keepsNested: this.target.keepsNested === true,
      nested: this.programs.epoch !== undefined,
      program: (strategy) => this.programs.gradient(strategy),
      lanes: sets * windows,
      atOnce: (program, most) => this.target.lanesAtOnce(sets, windows, this.options.threads ?? 1, program, most),
      bound: this.target.memory?.() ?? this.options.memory ?? Number.POSITIVE_INFINITY,
      cutsRuns: this.target.memory !== undefined,
      run: { [STEPS_INPUT]: windowRows - 1 },
      precision: this.precision,
    });
    this.plans.set(key, made);
    return made;
  }

  dispose(): void {
    this.executables.dispose();
  }

  private asked(raw: Float64Array, windows: Int32Array, windowRows: number): Asked {
    const sets = countSets(raw, this.layout.columns);
    checkWindows(this.complete, this.rows, windows, windowRows, this.recorded.pieceRows);
    checkSource(this.complete, this.layout, raw, sets);
    return { raw, sets, windows, windowRows };
  }

  private *valueResumable(asked: Asked): Resumable<Scores> {
    const outputs = yield* this.forward('score', asked);
    const score = outputs[SCORE];
    const measured = this.measuredIn(outputs);
    withholdBroken(asked.raw, asked.sets, score, ...measured);
    const { scores } = scoresOver(this.complete.aggregate ?? MEAN, score, asked.sets);
    return { ...scores, measures: meansOf(measured, asked.sets), measuresByWindow: oneAfterAnother(measured) };
  }

  private *gradientResumable(
    asked: Asked,
    counts: Float64Array = this.objectiveAlone(asked.sets),
  ): Resumable<ScoresAndGradient> {
    const { raw, sets, windows, windowRows } = asked;
    checkCounts(counts, this.programs.measures.length, sets);
    const plan = this.plan(sets, windows.length, windowRows);
    const cotangents = this.programs.weighsAhead ? yield* atShare(0, this.cotangents(asked, counts)) : null;
    const steps = this.signal?.steps(windows, windowRows) ?? 0;
    const held = new DeviceArrays();
    try {
      const signal = held.hold(yield* this.signalOutputs(asked, steps));
      // by lane; the weight of a window comes to it afterwards
      const given = cotangents ?? this.countsBy(windows.length, counts);
      const outputs = yield* this.run('score', asked, signal, plan, {}, given);
      for (const array of Object.values(outputs)) held.hold(array);
      held.release(signal);
      const score = yield* onHost(outputs[SCORE]);
      const measured: Float64Array[] = [];
      for (const array of this.measuredIn(outputs)) measured.push(yield* onHost(array));
      withholdBroken(raw, sets, score, ...measured);
      const reduced = scoresOver(this.complete.aggregate ?? MEAN, score, sets);
      const { scores } = reduced;
      // cotangents that were given have the weights in them
      const weights = cotangents === null ? reduced.weights : new Float64Array(score.length).fill(1);
      const own = outputs[`d.${PARAMETERS}`];
      const gradient =
        own === undefined ? new Float64Array(raw.length) : overWindows(yield* onHost(own), weights, sets);
      if (this.signal !== null && steps > 0) {
        const back = yield* atShare(1, this.signal.pullBack(raw, steps, windows, weights, outputs, held));
        back?.forEach((g, i) => {
          gradient[i] += g;
        });
      }
      withholdBroken(raw, sets, gradient);
      return { ...scores, measures: meansOf(measured, sets), measuresByWindow: oneAfterAnother(measured), gradient };
    } finally {
      held.releaseAll();
    }
  }

  /** What the outputs count in the objective, by lane: a pass forward says. */
  private *cotangents(asked: Asked, counts: Float64Array): Resumable<Readonly<Record<string, Float64Array>>> {
    const outputs = yield* this.forward('score', asked);
    const score = outputs[SCORE];
    const measured = this.measuredIn(outputs);
    withholdBroken(asked.raw, asked.sets, score, ...measured);
    const own = cotangentsOf(this.complete.aggregate ?? MEAN, score, measured, counts);
    return {
      [`cot.${LIKELIHOOD}`]: own.likelihood,
      ...Object.fromEntries(this.programs.counted.map((name, k) => [`cot.${name}`, own.outputs[k]])),
    };
  }

  /** What is measured, in the order of the spec: [W][S] each. */
  private measuredIn<T>(outputs: Readonly<Record<string, T>>): T[] {
    return this.programs.measures.map((name) => outputs[name]);
  }

  private objectiveAlone(sets: number): Float64Array {
    return Float64Array.from({ length: this.programs.counted.length * sets }, (_, i) => (i < sets ? 1 : 0));
  }

  /** What is counted, alike in every window: [W][S] each. Nothing is said where nothing is measured: the objective counts 1. */
  private countsBy(windows: number, counts: Float64Array): Readonly<Record<string, Float64Array>> {
    const { measures, counted } = this.programs;
    if (measures.length === 0) return {};
    const sets = counts.length / counted.length;
    return Object.fromEntries(
      counted.map((name, k) => [
        `cot.${name}`,
        Float64Array.from({ length: windows * sets }, (_, lane) => counts[k * sets + (lane % sets)]),
      ]),
    );
  }

  private *figuresResumable(asked: Asked): Resumable<Figures> {
    const outputs = yield* this.forward('figures', asked);
    withholdBroken(asked.raw, asked.sets, ...Object.values(outputs));
    const of = (named: (name: string) => string, names: readonly string[]) =>
      Object.fromEntries(
        names.filter((name) => outputs[named(name)] !== undefined).map((name) => [name, outputs[named(name)]]),
      );
    const { system } = this.complete;
    return {
      scores: of(
        scoreOf,
        scoredBy(this.complete).map((model) => model.name),
      ),
      last: of(lastOf, Object.keys({ ...system.observes, ...system.outcome })),
    };
  }

  private *tallyResumable(asked: Asked): Resumable<Shares> {
    if (this.programs.epoch === undefined) return {};
    const shares = yield* this.forward('tally', asked);
    const lanes = asked.windows.length * asked.sets;
    const evenly = new Float64Array(lanes).fill(1 / asked.windows.length);
    return Object.fromEntries(
      Object.entries(shares).map(([name, byWindow]) => [name, overWindows(byWindow, evenly, asked.sets)]),
    );
  }

  /** The signal and the system, and its outputs on the host. */
  private *forward(variant: Variant, asked: Asked, run?: Readonly<Record<string, number>>): Resumable<Outputs> {
    const held = new DeviceArrays();
    try {
      const steps = this.signal?.steps(asked.windows, asked.windowRows) ?? 0;
      const signal = held.hold(yield* this.signalOutputs(asked, steps));
      return (yield* this.run(variant, asked, signal, null, run)) as Outputs;
    } finally {
      held.releaseAll();
    }
  }

  private *signalOutputs({ raw, sets }: Asked, steps: number): Resumable<Resident> {
    return this.signal === null ? NOTHING : yield* atShare(0, this.signal.outputs(raw, sets, steps));
  }

  /** The system after its signal; with a plan, its gradient too. */
  private *run(
    variant: Variant,
    { raw, sets, windows, windowRows }: Asked,
    signal: Resident,
    plan: MemoryPlan | null,
    run: Readonly<Record<string, number>> = {},
    cotangents: Readonly<Record<string, Float64Array>> = {},
  ): Resumable<Outputs<Resident>> {
    const executable =
      plan === null
        ? this.executables.of(variant, () => this.programs.forward(variant))
        : this.executables.of(`gradient ${plan.strategy}`, () => this.programs.gradient(plan.strategy));
    const names = this.signal?.names ?? [];
    const inputs = {
      sets,
      windows: windows.length,
      ...(plan === null ? {} : { lanesAtOnce: lanesWithin(plan) }),
      run: {
        [STEPS_INPUT]: windowRows - 1,
        [SEED_INPUT]: this.seed,
        ...this.complete.system.recordedWith,
        ...plan?.run,
        ...run,
      },
      window: { [FIRST_INPUT]: windows, [SCENARIO_INPUT]: windows, ...this.signal?.windowInputs(windows) },
      buffers: {
        [MARKET]: this.market,
        [PARAMETERS]: raw,
        ...Object.fromEntries(names.map((name) => [name, signal])),
        ...cotangents,
      },
    };
    const kept = plan === null ? [] : names.map((name) => `d.${name}`);
    return yield* runResumable(executable, inputs, kept);
  }

  /** As 32 bits, which a run's integers have. */
  private get seed(): number {
    const { source, seed } = this.complete;
    return (seed ?? (source.kind === 'drawn' ? source.seed : 0)) | 0;
  }
}

function* firstOf<T>(all: Resumable<T[]>): Resumable<T> {
  const [first] = yield* all;
  return first;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function oneAfterAnother(arrays: readonly Float64Array[]): Float64Array {
  const [{ length } = NOTHING] = arrays;
  const all = new Float64Array(arrays.length * length);
  arrays.forEach((values, k) => {
    all.set(values, k * length);
  });
  return all;
}

/** @param data the rows of a recorded source; null where the source is drawn */
export function createRollout(
  spec: RolloutSpec,
  data: Prices | null,
  target: Target,
  options: RolloutOptions = {},
): Rollout {
  const complete = completeSpec(spec);
  return new CompiledRollout(complete, layoutOf(complete), data, target, options);
}
