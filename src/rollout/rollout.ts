/**
 * Floor 2. A roll-out on a target: compiled programs, the data they share, and what one asks of them.
 *
 * Rule and pool are separate programs joined by a buffer (Δw by rule step and set). Backwards: the pool's adjoint gives
 * the cotangent of every row that a window read, a third program adds up the windows, then the rule's adjoint runs. What
 * goes from one to the next stays on the device where that has memory of its own.
 */
import { adjoint, type Precision, type Program, type Strategy, segmentInput } from '../graph/index.js';
import { allOf, type Parts, standing } from '../targets/parts.js';
import { precisionOf } from '../targets/precision.js';
import { onHost, Residents, runInParts } from '../targets/residents.js';
import type { Executable, Outputs, Resident, Target } from '../targets/target.js';
import { BASES, GATHERED, gatherProgram, READERS, readersOf, slotsOf, WEIGHTS } from './gather.js';
import {
  checkCount,
  checkOneSet,
  checkPrices,
  checkRuleSteps,
  checkWindows,
  countSets,
  withholdBroken,
} from './inputs.js';
import { columnOf, ParameterLayout } from './layout.js';
import { MARKET, marketSeries, type Prices } from './market.js';
import { type MemoryPlan, planMemory } from './memory.js';
import { MEAN, reduce } from './over.js';
import { LEGS, MINUTES, poolProgram, type Variant } from './pool-program.js';
import {
  type CarryLeaf,
  ESTIMATE,
  leadingRows,
  RULE,
  RULE_START,
  RULE_STEPS,
  readoutProgram,
  ruleProgram,
} from './rule-program.js';
import { checkSeries, seriesNames } from './series.js';
import { completeSpec, PARAMETERS, type RolloutSpec } from './spec.js';
import { type Route, type VectorisedRule, vectorisedRule } from './vectorised.js';

export interface Scores {
  /** The objective by set, of its windows' scores as the spec's `over` says (their mean): [S]. Higher is better. */
  readonly objective: Float64Array;
  /** By window and set: [W][S]. */
  readonly byWindow: Float64Array;
}

export interface ScoresAndGradient extends Scores {
  /** Gradient of `objective` with respect to the raw parameters: [columns][S]. */
  readonly gradient: Float64Array;
}

/** The path of one lane, row by row (every `every` minutes). */
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
}

/** A rule step by step: what it gives, and the numbers that its estimator carries. */
export interface RuleReadout {
  /** As of `rule`. */
  readonly outputs: Float64Array;
  /** What the estimator carries; of momentum `ewma` and `a` of each asset. */
  readonly leaves: readonly CarryLeaf[];
  /** After each step: [steps][leaves][S]. */
  readonly estimates: Float64Array;
}

/** By guard, the share of rule steps in which it bound: [S]. */
export type GuardShares = Readonly<Record<string, Float64Array>>;

export interface RolloutInParts {
  value(raw: Float64Array, windows: Int32Array, windowRows: number): Parts<Scores>;
  gradient(raw: Float64Array, windows: Int32Array, windowRows: number): Parts<ScoresAndGradient>;
  guards(raw: Float64Array, windows: Int32Array, windowRows: number): Parts<GuardShares>;
}

export interface RolloutOptions {
  /** Threads in all, for targets that have them. */
  readonly threads?: number;
  /** Bytes that the tapes of one training step may take; a GPU goes by its own memory. */
  readonly memory?: number;
  /** How the outputs of the rule are computed; `auto`, the default: vectorised on tfjs where the rule can, else the scan. */
  readonly route?: Route;
  /** What programs are computed in; absent: the first of the target's. What is given and what comes back stay float64. */
  readonly precision?: Precision;
}

/**
 * What a trainer and an evaluation need of a roll-out. `windows` are first rows; a window has `windowRows` minutes.
 *
 * Everything throws a UserError where windows do not lie within the data or numbers do not fit each other. A set with a
 * parameter that is not a number has NaN for its scores and gradient; the other sets do not notice.
 */
export interface Rollout {
  readonly spec: RolloutSpec;
  readonly layout: ParameterLayout;
  value(raw: Float64Array, windows: Int32Array, windowRows: number): Scores;
  gradient(raw: Float64Array, windows: Int32Array, windowRows: number): ScoresAndGradient;
  /**
   * The same in parts of some tenths of a second where the target can cut a run, for progress and Ctrl-C: the share is that
   * of the pool's program. Parts have to end, or be left, before the roll-out is asked anything else.
   */
  readonly inParts: RolloutInParts;
  /** One set (`columns` numbers), one window. */
  trajectory(raw: Float64Array, firstRow: number, windowRows: number, every: number): Trajectory;
  /** Share of rule steps in which each guard bound, by set; empty without a rule. */
  guards(raw: Float64Array, windows: Int32Array, windowRows: number): GuardShares;
  /**
   * The rule's outputs [steps][n][S] from row 0 (after one leading row where `leadingRows` says so), and the estimator's
   * carry after them [leaves][S].
   */
  rule(raw: Float64Array, steps: number): { readonly outputs: Float64Array; readonly estimate: Float64Array };
  /** The same with the carry after every step, each number by its name. */
  readout(raw: Float64Array, steps: number): RuleReadout;
  /** How a training step of this size would use memory. */
  plan(sets: number, windows: number, windowRows: number): MemoryPlan;
  dispose(): void;
}

/** All parameters of a roll-out's models, in order: pool, fee law, rule, flow. */
export function layoutOf(
  spec: Pick<RolloutSpec, 'pool' | 'feeLaw' | 'rule' | 'flow' | 'settings' | 'assets'>,
): ParameterLayout {
  return new ParameterLayout(
    [
      { prefix: spec.pool.name, parameters: spec.pool.parameters(spec.settings) },
      ...(spec.feeLaw ? [{ prefix: spec.feeLaw.name, parameters: spec.feeLaw.parameters }] : []),
      ...(spec.rule === null ? [] : [{ prefix: spec.rule.name, parameters: spec.rule.parameters(spec.settings) }]),
      ...(spec.flow === null ? [] : [{ prefix: spec.flow.name, parameters: spec.flow.parameters }]),
    ],
    spec.assets,
  );
}

export function createRollout(spec: RolloutSpec, data: Prices, target: Target, options: RolloutOptions = {}): Rollout {
  return new CompiledRollout(completeSpec(spec), data, target, options);
}

/** What the pool's gradient says of the rule's outputs, by slot: [slots][n][W][S]. */
const COTANGENTS = [`d.${RULE}`, `d.${RULE_START}`] as const;

class CompiledRollout implements Rollout {
  readonly layout: ParameterLayout;
  private readonly market: Float64Array;
  private readonly precision: Precision;
  private readonly executables = new Map<string, Executable>();
  private readonly gradientPrograms = new Map<Strategy, Program>();
  private readonly plans = new Map<string, MemoryPlan>();
  private readonly vectorised: VectorisedRule | null;

  constructor(
    readonly spec: RolloutSpec,
    private readonly data: Prices,
    private readonly target: Target,
    private readonly options: RolloutOptions,
  ) {
    this.precision = precisionOf(target, options.precision);
    checkPrices(spec.assets, data);
    this.layout = layoutOf(spec);
    checkSeries(spec, data);
    this.market = marketSeries(data, seriesNames(spec));
    this.vectorised = vectorisedRule(spec, this.layout, data, target, options.route ?? 'auto');
  }

  readonly inParts: RolloutInParts = {
    value: (...asked) => this.valueInParts(...asked),
    gradient: (...asked) => this.gradientInParts(...asked),
    guards: (...asked) => this.guardsInParts(...asked),
  };

  value(raw: Float64Array, windows: Int32Array, windowRows: number): Scores {
    return allOf(this.valueInParts(raw, windows, windowRows));
  }

  gradient(raw: Float64Array, windows: Int32Array, windowRows: number): ScoresAndGradient {
    return allOf(this.gradientInParts(raw, windows, windowRows));
  }

  private *valueInParts(raw: Float64Array, windows: Int32Array, windowRows: number): Parts<Scores> {
    const sets = countSets(raw, this.layout.columns);
    checkWindows(this.spec, this.data.rows, windows, windowRows);
    const outputs = yield* this.forward('score', raw, sets, windows, windowRows);
    withholdBroken(raw, sets, outputs.score);
    return this.scores(outputs.score, sets).scores;
  }

  private *gradientInParts(raw: Float64Array, windows: Int32Array, windowRows: number): Parts<ScoresAndGradient> {
    const sets = countSets(raw, this.layout.columns);
    checkWindows(this.spec, this.data.rows, windows, windowRows);
    const plan = this.plan(sets, windows.length, windowRows);
    const steps = this.ruleSteps(windows, windowRows);
    const held = new Residents();
    try {
      const rule = held.hold(yield* standing(0, this.ruleOutputs(raw, sets, steps)));
      const outputs = yield* this.runPool('score', raw, sets, windows, windowRows, rule, plan);
      for (const array of Object.values(outputs)) held.hold(array);
      held.release(rule);
      const score = onHost(outputs.score);
      withholdBroken(raw, sets, score);
      const { scores, weights } = this.scores(score, sets);
      const gradient = this.overWindows(outputs[`d.${PARAMETERS}`], weights, sets);
      if (this.spec.rule !== null && steps > 0) {
        const rows = steps + leadingRows(this.spec);
        const cotangent = held.hold(yield* standing(1, this.gather(rows, sets, windows, weights, outputs)));
        held.release(...Object.values(outputs));
        const back =
          this.vectorised?.pullBack(raw, steps, onHost(cotangent)) ??
          (yield* standing(1, this.ruleGradient(raw, sets, steps, cotangent)));
        back?.forEach((g, i) => {
          gradient[i] += g;
        });
      }
      withholdBroken(raw, sets, gradient);
      return { ...scores, gradient };
    } finally {
      held.releaseAll();
    }
  }

  trajectory(raw: Float64Array, firstRow: number, windowRows: number, every: number): Trajectory {
    checkOneSet(raw, this.layout.columns);
    checkWindows(this.spec, this.data.rows, [firstRow], windowRows);
    checkCount('minutes between samples', every, 1);
    const out = allOf(this.forward('record', raw, 1, Int32Array.of(firstRow), windowRows, { every }));
    return {
      rows: Int32Array.from(out.values, (_, i) => firstRow + i * every),
      values: out.values,
      reserves: out.reserves,
      weights: out.weights ?? null,
      fees: out.fees,
      losses: out.losses,
      rebalancing: out.rebalancing,
      quotes: out.quotes ?? null,
      depths: out.depths ?? null,
    };
  }

  guards(raw: Float64Array, windows: Int32Array, windowRows: number): GuardShares {
    return allOf(this.guardsInParts(raw, windows, windowRows));
  }

  private *guardsInParts(raw: Float64Array, windows: Int32Array, windowRows: number): Parts<GuardShares> {
    const sets = countSets(raw, this.layout.columns);
    checkWindows(this.spec, this.data.rows, windows, windowRows);
    if (this.spec.rule === null) return {};
    const outputs = yield* this.forward('guards', raw, sets, windows, windowRows);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, shares]) => [
        name.replace('guard ', ''),
        this.overWindows(shares, new Float64Array(windows.length * sets).fill(1 / windows.length), sets),
      ]),
    );
  }

  rule(raw: Float64Array, steps: number): { outputs: Float64Array; estimate: Float64Array } {
    const model = this.ruleModel();
    const out = this.runRule('rule estimate', () => ruleProgram(this.spec, model, this.layout, 'last'), raw, steps);
    return { outputs: out[RULE], estimate: out[ESTIMATE] };
  }

  readout(raw: Float64Array, steps: number): RuleReadout {
    const { program, leaves } = readoutProgram(this.spec, this.ruleModel(), this.layout);
    const out = this.runRule('rule readout', () => program, raw, steps);
    return { outputs: out[RULE], leaves, estimates: out[ESTIMATE] };
  }

  plan(sets: number, windows: number, windowRows: number): MemoryPlan {
    const key = `${sets}.${windows}.${windowRows}`;
    const known = this.plans.get(key);
    if (known !== undefined) return known;
    const made = planMemory({
      scan: this.spec.rule === null ? MINUTES : LEGS,
      steps: this.spec.rule === null ? windowRows - 1 : Math.ceil((windowRows - 1) / this.spec.settings.chunkPeriod),
      program: (strategy) => this.poolGradient(strategy),
      lanes: sets * windows,
      atOnce: this.target.lanesAtOnce(sets, windows, this.options.threads ?? 1),
      bound: this.target.memory?.() ?? this.options.memory ?? Number.POSITIVE_INFINITY,
      cutsRuns: this.target.memory !== undefined,
      run: { minutes: windowRows - 1 },
      precision: this.precision,
    });
    this.plans.set(key, made);
    return made;
  }

  dispose(): void {
    for (const e of this.executables.values()) e.dispose();
    this.executables.clear();
  }

  private poolGradient(strategy: Strategy): Program {
    const known = this.gradientPrograms.get(strategy);
    if (known !== undefined) return known;
    const made = adjoint(poolProgram(this.spec, this.layout, 'score'), {
      wrt: this.spec.rule?.weights === undefined ? [PARAMETERS, RULE] : [PARAMETERS, RULE, RULE_START],
      seeds: { score: 'one' },
      strategy: { [this.spec.rule === null ? MINUTES : LEGS]: strategy },
    });
    this.gradientPrograms.set(strategy, made);
    return made;
  }

  private executable(key: string, program: () => Program, threads = this.options.threads): Executable {
    const known = this.executables.get(key);
    if (known !== undefined) return known;
    const made = this.target.compile(program(), { threads, precision: this.precision });
    this.executables.set(key, made);
    return made;
  }

  /** The rule and the pool, and their outputs on the host. */
  private *forward(
    variant: Variant,
    raw: Float64Array,
    sets: number,
    windows: Int32Array,
    windowRows: number,
    run?: Readonly<Record<string, number>>,
  ): Parts<Outputs> {
    const held = new Residents();
    try {
      const rule = held.hold(yield* standing(0, this.ruleOutputs(raw, sets, this.ruleSteps(windows, windowRows))));
      return (yield* this.runPool(variant, raw, sets, windows, windowRows, rule, undefined, run)) as Outputs;
    } finally {
      held.releaseAll();
    }
  }

  private runRule(key: string, program: () => Program, raw: Float64Array, steps: number): Outputs {
    checkRuleSteps(this.data.rows, this.spec.settings.chunkPeriod, steps);
    return this.executable(key, program).run({
      sets: countSets(raw, this.layout.columns),
      windows: 1,
      run: { steps },
      window: {},
      buffers: { [MARKET]: this.market, [PARAMETERS]: raw },
    });
  }

  private *runPool(
    variant: Variant,
    raw: Float64Array,
    sets: number,
    windows: Int32Array,
    windowRows: number,
    rule: Resident,
    plan?: MemoryPlan,
    run: Readonly<Record<string, number>> = {},
  ): Parts<Outputs<Resident>> {
    const executable =
      plan === undefined
        ? this.executable(variant, () => poolProgram(this.spec, this.layout, variant))
        : this.executable(`gradient ${plan.strategy}`, () => this.poolGradient(plan.strategy));
    const inputs = {
      sets,
      windows: windows.length,
      run: { minutes: windowRows - 1, ...plan?.run, ...run },
      window: { first: windows, ruleBase: this.ruleBases(windows) },
      buffers: { [MARKET]: this.market, [PARAMETERS]: raw, [RULE]: rule, [RULE_START]: rule },
    };
    return yield* runInParts(executable, inputs, plan === undefined ? [] : COTANGENTS);
  }

  private ruleModel() {
    if (this.spec.rule === null) throw new TypeError('rollout: this pool has no rule');
    return this.spec.rule;
  }

  /** Rule steps for the rows that the windows read: up to ⌊first/cp⌋ + legs − 2, of weights one more. */
  private ruleSteps(windows: Int32Array, windowRows: number): number {
    const { rule, settings } = this.spec;
    if (rule === null) return 0;
    const legs = Math.ceil((windowRows - 1) / settings.chunkPeriod);
    const base = Math.max(...this.ruleBases(windows));
    const steps = base + legs - (rule.weights === undefined ? 1 : leadingRows(this.spec));
    if (steps > 0) checkRuleSteps(this.data.rows, settings.chunkPeriod, steps);
    return steps;
  }

  /** Rows of the rule's outputs [rows][n][S]; one row of zeros where no leg reads any. */
  private *ruleOutputs(raw: Float64Array, sets: number, steps: number): Parts<Resident> {
    if (this.spec.rule === null || steps + leadingRows(this.spec) <= 0) {
      return new Float64Array(this.data.assets.length * sets);
    }
    if (this.vectorised !== null && steps > 0) return this.vectorised.outputs(raw, steps);
    const program = this.executable('rule', () => ruleProgram(this.spec, this.ruleModel(), this.layout));
    const inputs = {
      sets,
      windows: 1,
      run: { steps },
      window: {},
      buffers: { [MARKET]: this.market, [PARAMETERS]: raw },
    };
    return (yield* runInParts(program, inputs, [RULE]))[RULE];
  }

  /** What the scan says of the raw parameters; undefined where its outputs do not depend on them. */
  private *ruleGradient(
    raw: Float64Array,
    sets: number,
    steps: number,
    cotangent: Resident,
  ): Parts<Float64Array | undefined> {
    const program = this.executable('rule gradient', () =>
      adjoint(ruleProgram(this.spec, this.ruleModel(), this.layout), {
        wrt: [PARAMETERS],
        seeds: { [RULE]: 'input' },
        outputs: [],
        strategy: { [RULE_STEPS]: 'segments' },
      }),
    );
    const back = yield* runInParts(program, {
      sets,
      windows: 1,
      run: { steps, [segmentInput(RULE_STEPS)]: Math.ceil(Math.sqrt(steps)) },
      window: {},
      buffers: { [MARKET]: this.market, [PARAMETERS]: raw, [`cot.${RULE}`]: cotangent },
    });
    return (back as Outputs)[`d.${PARAMETERS}`];
  }

  /** What the windows say of each row of the rule, each by its weight [W][S]: [rows][n][S]. */
  private *gather(
    rows: number,
    sets: number,
    windows: Int32Array,
    weights: Float64Array,
    outputs: Outputs<Resident>,
  ): Parts<Resident> {
    const n = this.data.assets.length;
    const sources = COTANGENTS.filter((name) => outputs[name]?.length > 0);
    if (sources.length === 0) return new Float64Array(rows * n * sets);
    const slots = sources.map((name) => outputs[name].length / (n * weights.length));
    const bases = this.ruleBases(windows);
    // an addition for each number read: other threads would cost more than they save
    const program = this.executable(`gather ${sources}`, () => gatherProgram(n, sources), 1);
    const counts = Object.fromEntries(sources.map((name, k) => [slotsOf(name), slots[k]]));
    const inputs = {
      sets,
      windows: 1,
      run: { rows, windows: windows.length, ...counts },
      window: {},
      buffers: {
        ...Object.fromEntries(sources.map((name) => [name, outputs[name]])),
        [WEIGHTS]: weights,
        [BASES]: Float64Array.from(bases),
        [READERS]: readersOf(bases, Math.max(...slots), rows),
      },
    };
    return (yield* runInParts(program, inputs, [GATHERED]))[GATHERED];
  }

  /** The first row of the rule's outputs that each window reads. */
  private ruleBases(windows: Int32Array): Int32Array {
    return windows.map((first) => Math.floor(first / this.spec.settings.chunkPeriod));
  }

  /** [columns][W][S] → [columns][S], by weights [W][S] */
  private overWindows(given: Resident | undefined, weights: Float64Array, sets: number): Float64Array {
    if (given === undefined) return new Float64Array(this.layout.columns * sets);
    const byWindow = onHost(given);
    const columns = byWindow.length / weights.length;
    const sum = new Float64Array(columns * sets);
    for (let k = 0; k < columns; k++) {
      for (let w = 0; w < weights.length; w += sets) {
        addWeighted(sum, k * sets, byWindow, k * weights.length + w, weights, w, sets);
      }
    }
    return sum;
  }

  /** Objectives by set, and what each window's gradient counts in them: [W][S]. */
  private scores(byWindow: Float64Array, sets: number): { scores: Scores; weights: Float64Array } {
    const objective = new Float64Array(sets);
    const weights = new Float64Array(byWindow.length);
    for (let s = 0; s < sets; s++) {
      const reduced = reduce(this.spec.over ?? MEAN, columnOf(byWindow, sets, s));
      objective[s] = reduced.objective;
      reduced.weights.forEach((weight, w) => {
        weights[w * sets + s] = weight;
      });
    }
    return { scores: { objective, byWindow }, weights };
  }
}

/** sum[to + s] += weights[at + s]·terms[from + s]; a term that does not count is not looked at. */
function addWeighted(
  sum: Float64Array,
  to: number,
  terms: Float64Array,
  from: number,
  weights: Float64Array,
  at: number,
  sets: number,
): void {
  for (let s = 0; s < sets; s++) {
    if (weights[at + s] !== 0) sum[to + s] += weights[at + s] * terms[from + s];
  }
}
