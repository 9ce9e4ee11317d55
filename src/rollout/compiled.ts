/**
 * Floor 2. A roll-out as its target runs it: the pool's programs, one for each question, after those of its rule.
 *
 * Rule and pool are separate programs joined by a buffer (Δw by rule step and set).
 */
import { UserError } from '../errors.js';
import { adjoint, type Precision, type Program, type Strategy } from '../graph/index.js';
import { allOf, type Parts, standing } from '../targets/parts.js';
import { precisionOf } from '../targets/precision.js';
import { onHost, Residents, runInParts } from '../targets/residents.js';
import type { Outputs, Resident, Target } from '../targets/target.js';
import { Executables } from './executables.js';
import { checkCount, checkOneSet, checkPrices, checkWindows, countSets, withholdBroken } from './inputs.js';
import type { ParameterLayout } from './layout.js';
import { MARKET, marketSeries, type Prices } from './market.js';
import { type MemoryPlan, planMemory } from './memory.js';
import { MEAN } from './over.js';
import { LEGS, MINUTES, poolProgram, type Variant } from './pool-program.js';
import type {
  GuardShares,
  Rollout,
  RolloutInParts,
  RolloutOptions,
  RuleReadout,
  Scores,
  ScoresAndGradient,
  Trajectory,
} from './rollout.js';
import { RULE, RULE_START } from './rule-program.js';
import { COTANGENTS, Ruled, type Shared } from './ruled.js';
import { overWindows, scoresOver } from './scores.js';
import { checkSeries, seriesNames } from './series.js';
import { PARAMETERS, type RolloutSpec } from './spec.js';
import { vectorisedRule } from './vectorised.js';

/** Which windows are asked about, by how many sets. */
interface Asked {
  readonly raw: Float64Array;
  readonly sets: number;
  readonly windows: Int32Array;
  readonly windowRows: number;
}

export class CompiledRollout implements Rollout {
  private readonly precision: Precision;
  private readonly shared: Shared;
  private readonly ruled: Ruled;
  private readonly gradientPrograms = new Map<Strategy, Program>();
  private readonly plans = new Map<string, MemoryPlan>();

  constructor(
    readonly spec: RolloutSpec,
    readonly layout: ParameterLayout,
    data: Prices,
    private readonly target: Target,
    private readonly options: RolloutOptions,
  ) {
    this.precision = precisionOf(target, options.precision);
    checkPrices(spec.assets, data);
    checkSeries(spec, data);
    const market = marketSeries(data, seriesNames(spec));
    const executables = new Executables(target, options.threads, this.precision);
    this.shared = { spec, layout, rows: data.rows, market, executables };
    this.ruled = new Ruled(this.shared, vectorisedRule(spec, layout, data, target, options.route ?? 'auto'));
  }

  readonly inParts: RolloutInParts = {
    value: (...asked) => this.valueInParts(this.asked(...asked)),
    gradient: (...asked) => this.gradientInParts(this.asked(...asked)),
    guards: (...asked) => this.guardsInParts(this.asked(...asked)),
  };

  value(raw: Float64Array, windows: Int32Array, windowRows: number): Scores {
    return allOf(this.inParts.value(raw, windows, windowRows));
  }

  gradient(raw: Float64Array, windows: Int32Array, windowRows: number): ScoresAndGradient {
    return allOf(this.inParts.gradient(raw, windows, windowRows));
  }

  guards(raw: Float64Array, windows: Int32Array, windowRows: number): GuardShares {
    return allOf(this.inParts.guards(raw, windows, windowRows));
  }

  trajectory(raw: Float64Array, firstRow: number, windowRows: number, every: number, skip = 0): Trajectory {
    checkOneSet(raw, this.layout.columns);
    // before it is cut to an integer
    checkWindows(this.spec, this.shared.rows, [firstRow], windowRows);
    checkCount('minutes between samples', every, 1);
    const asked = this.asked(raw, Int32Array.of(firstRow), windowRows);
    if (!(Number.isInteger(skip) && skip >= 0 && skip < windowRows)) {
      throw new UserError(`rollout: minutes to skip must be a whole number below ${windowRows}, got ${skip}`);
    }
    const out = allOf(this.forward('record', asked, { every, skip }));
    return {
      rows: Int32Array.from(out.values, (_, i) => firstRow + skip + i * every),
      values: out.values,
      reserves: out.reserves,
      weights: out.weights ?? null,
      fees: out.fees,
      losses: out.losses,
      rebalancing: out.rebalancing,
      quotes: out.quotes ?? null,
      depths: out.depths ?? null,
      beyond: out.beyond ?? null,
    };
  }

  rule(raw: Float64Array, steps: number): { outputs: Float64Array; estimate: Float64Array } {
    return this.ruled.estimate(raw, steps);
  }

  readout(raw: Float64Array, steps: number): RuleReadout {
    return this.ruled.readout(raw, steps);
  }

  plan(sets: number, windows: number, windowRows: number): MemoryPlan {
    const key = `${sets}.${windows}.${windowRows}`;
    const known = this.plans.get(key);
    if (known !== undefined) return known;
    const made = planMemory({
      scan: this.outermost,
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
    this.shared.executables.dispose();
  }

  private asked(raw: Float64Array, windows: Int32Array, windowRows: number): Asked {
    const sets = countSets(raw, this.layout.columns);
    checkWindows(this.spec, this.shared.rows, windows, windowRows);
    return { raw, sets, windows, windowRows };
  }

  private *valueInParts(asked: Asked): Parts<Scores> {
    const { score } = yield* this.forward('score', asked);
    withholdBroken(asked.raw, asked.sets, score);
    return scoresOver(this.spec.over ?? MEAN, score, asked.sets).scores;
  }

  private *gradientInParts(asked: Asked): Parts<ScoresAndGradient> {
    const { raw, sets, windows, windowRows } = asked;
    const plan = this.plan(sets, windows.length, windowRows);
    const steps = this.ruled.steps(windows, windowRows);
    const held = new Residents();
    try {
      const rule = held.hold(yield* standing(0, this.ruled.outputs(raw, sets, steps)));
      const outputs = yield* this.pool('score', asked, rule, plan);
      for (const array of Object.values(outputs)) held.hold(array);
      held.release(rule);
      const score = onHost(outputs.score);
      withholdBroken(raw, sets, score);
      const { scores, weights } = scoresOver(this.spec.over ?? MEAN, score, sets);
      const own = outputs[`d.${PARAMETERS}`];
      const gradient = own === undefined ? new Float64Array(raw.length) : overWindows(onHost(own), weights, sets);
      if (steps > 0) {
        const back = yield* standing(1, this.ruled.pullBack(raw, steps, windows, weights, outputs, held));
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

  private *guardsInParts(asked: Asked): Parts<GuardShares> {
    if (this.spec.rule === null) return {};
    const shares = yield* this.forward('guards', asked);
    const lanes = asked.windows.length * asked.sets;
    const evenly = new Float64Array(lanes).fill(1 / asked.windows.length);
    return Object.fromEntries(
      Object.entries(shares).map(([name, byWindow]) => [
        name.replace('guard ', ''),
        overWindows(byWindow, evenly, asked.sets),
      ]),
    );
  }

  /** The rule and the pool, and their outputs on the host. */
  private *forward(variant: Variant, asked: Asked, run?: Readonly<Record<string, number>>): Parts<Outputs> {
    const { raw, sets, windows, windowRows } = asked;
    const held = new Residents();
    try {
      const steps = this.ruled.steps(windows, windowRows);
      const rule = held.hold(yield* standing(0, this.ruled.outputs(raw, sets, steps)));
      return (yield* this.pool(variant, asked, rule, null, run)) as Outputs;
    } finally {
      held.releaseAll();
    }
  }

  /** The pool after its rule; with a plan, its gradient too. */
  private *pool(
    variant: Variant,
    { raw, sets, windows, windowRows }: Asked,
    rule: Resident,
    plan: MemoryPlan | null,
    run: Readonly<Record<string, number>> = {},
  ): Parts<Outputs<Resident>> {
    const { spec, layout, market, executables } = this.shared;
    const executable =
      plan === null
        ? executables.of(variant, () => poolProgram(spec, layout, variant))
        : executables.of(`gradient ${plan.strategy}`, () => this.poolGradient(plan.strategy));
    const inputs = {
      sets,
      windows: windows.length,
      run: { minutes: windowRows - 1, ...plan?.run, ...run },
      window: { first: windows, ruleBase: this.ruled.bases(windows) },
      buffers: { [MARKET]: market, [PARAMETERS]: raw, [RULE]: rule, [RULE_START]: rule },
    };
    return yield* runInParts(executable, inputs, plan === null ? [] : COTANGENTS);
  }

  private poolGradient(strategy: Strategy): Program {
    const known = this.gradientPrograms.get(strategy);
    if (known !== undefined) return known;
    const made = adjoint(poolProgram(this.spec, this.layout, 'score'), {
      wrt: this.spec.rule?.weights === undefined ? [PARAMETERS, RULE] : [PARAMETERS, RULE, RULE_START],
      seeds: { score: 'one' },
      strategy: { [this.outermost]: strategy },
    });
    this.gradientPrograms.set(strategy, made);
    return made;
  }

  /** The scan whose carries the memory plan is about. */
  private get outermost(): string {
    return this.spec.rule === null ? MINUTES : LEGS;
  }
}
