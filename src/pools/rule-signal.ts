/**
 * Floor 2½. The rule of a roll-out on a target: its outputs over the whole series, and back to the parameters.
 *
 * Backwards: what the pool's adjoint says of the rows that each window read is added up over the windows by a program of
 * its own, then the rule's adjoint runs. What goes from one to the next stays on the device where that has memory of its
 * own.
 */
import { UserError } from '../errors.js';
import { adjoint, type Program, segmentInput } from '../graph/index.js';
import type { Executables } from '../rollout/executables.js';
import { checkCount, countSets } from '../rollout/inputs.js';
import type { ParameterLayout } from '../rollout/layout.js';
import { MARKET, PARAMETERS } from '../rollout/names.js';
import type { Signal } from '../rollout/signal.js';
import { type DeviceArrays, onHost, runResumable } from '../targets/device-arrays.js';
import type { Resumable } from '../targets/resumable.js';
import type { Outputs, Resident } from '../targets/target.js';
import {
  type CarryLeaf,
  ESTIMATE,
  leadingRows,
  RULE,
  RULE_BASE,
  RULE_START,
  RULE_STEPS,
  readoutProgram,
  ruleProgram,
} from './rule-program.js';
import { BASES, READERS, readersOf, SUMMED, segmentSumProgram, slotsOf, WEIGHTS } from './segment-sum.js';
import { type PoolSpec, ruleRows } from './spec.js';

/** The pool's cotangents of the rule's outputs, by slot: [slots][n][W][S]. */
const COTANGENTS = [`d.${RULE}`, `d.${RULE_START}`] as const;

/** A rule step by step: what it gives, and the numbers that its estimator carries. */
export interface RuleReadout {
  /** As of `rule`. */
  readonly outputs: Float64Array;
  /** What the estimator carries; of momentum `ewma` and `a` of each asset. */
  readonly leaves: readonly CarryLeaf[];
  /** After each step: [steps][leaves][S]. */
  readonly estimates: Float64Array;
}

/** What the programs of a pool's roll-out share. */
export interface Shared {
  readonly spec: PoolSpec;
  readonly layout: ParameterLayout;
  /** Rows of the prices, and the series that programs read of them: both change where other data take their place. */
  readonly rows: number;
  readonly market: Float64Array;
  /** As of Prices; null where all are one piece. */
  readonly pieceRows: number | null;
  readonly executables: Executables;
}

/** A rule's other route: all steps at once. Its types are none of TensorFlow.js's, on which public ones do not lean. */
export interface AllAtOnce {
  /** [leading + steps][n][S] */
  outputs(raw: Float64Array, steps: number): Float64Array;
  /** The cotangent of the raw parameters, [columns][S], from that of the outputs. */
  pullBack(raw: Float64Array, steps: number, cotangent: Float64Array): Float64Array;
}

export class RuleSignal implements Signal {
  constructor(
    private readonly shared: Shared,
    private readonly vectorised: AllAtOnce | null,
  ) {}

  /** Buffers of the pool's program that hold the outputs. */
  readonly names = [RULE, RULE_START];

  /** Those of them that the score depends on: the second only where windows start from what the rule gives. */
  get differentiable(): readonly string[] {
    return this.shared.spec.rule?.weights === undefined ? [RULE] : this.names;
  }

  windowInputs(windows: Int32Array): Record<string, Int32Array> {
    return { [RULE_BASE]: this.bases(windows) };
  }

  /** The first row of the rule's outputs that each window reads. */
  private bases(windows: Int32Array): Int32Array {
    return windows.map((first) => Math.floor(first / ruleRows(this.shared.spec)));
  }

  /** Rule steps for the rows that the windows read: up to ⌊first/cp⌋ + legs − 2, of weights one more. */
  steps(windows: Int32Array, windowRows: number): number {
    const { spec, rows } = this.shared;
    const { rule } = spec;
    if (rule === null) return 0;
    const legs = Math.ceil((windowRows - 1) / ruleRows(spec));
    const base = Math.max(...this.bases(windows));
    const steps = base + legs - (rule.weights === undefined ? 1 : leadingRows(spec));
    if (steps > 0) checkRuleSteps(rows, ruleRows(spec), steps);
    return steps;
  }

  /** Rows of the rule's outputs [rows][n][S]; one row of zeros where no leg reads any. */
  *outputs(raw: Float64Array, sets: number, steps: number): Resumable<Resident> {
    const { spec, executables } = this.shared;
    if (spec.rule === null || steps + leadingRows(spec) <= 0) return new Float64Array(spec.assets.length * sets);
    if (this.vectorised !== null && steps > 0) return this.vectorised.outputs(raw, steps);
    const program = executables.of('rule', () => this.program());
    return (yield* runResumable(program, this.inputs(raw, steps), [RULE]))[RULE];
  }

  /**
   * From the cotangents of the rule's outputs (among `outputs`, each window by its weight [W][S]) to those of the raw
   * parameters: [columns][S]; undefined where the rule does not depend on them. Releases the outputs on the way.
   */
  *pullBack(
    raw: Float64Array,
    steps: number,
    windows: Int32Array,
    weights: Float64Array,
    outputs: Outputs<Resident>,
    held: DeviceArrays,
  ): Resumable<Float64Array | undefined> {
    const cotangent = held.hold(yield* this.summed(steps, windows, weights, outputs));
    held.release(...Object.values(outputs));
    if (this.vectorised === null) return yield* this.gradient(raw, steps, cotangent);
    return this.vectorised.pullBack(raw, steps, yield* onHost(cotangent));
  }

  /** The outputs after so many steps, and the estimator's carry behind the last. */
  *estimate(raw: Float64Array, steps: number): Resumable<{ outputs: Float64Array; estimate: Float64Array }> {
    const out = yield* this.run('rule estimate', () => this.program('last'), raw, steps);
    return { outputs: out[RULE], estimate: out[ESTIMATE] };
  }

  *readout(raw: Float64Array, steps: number): Resumable<RuleReadout> {
    const { spec, layout, pieceRows } = this.shared;
    const { program, leaves } = readoutProgram(spec, this.model(), layout, pieceRows);
    const out = yield* this.run('rule readout', () => program, raw, steps);
    return { outputs: out[RULE], leaves, estimates: out[ESTIMATE] };
  }

  private run(key: string, program: () => Program, raw: Float64Array, steps: number): Resumable<Outputs> {
    const { spec, rows, executables } = this.shared;
    checkRuleSteps(rows, ruleRows(spec), steps);
    return executables.of(key, program).resumable(this.inputs(raw, steps));
  }

  private inputs(raw: Float64Array, steps: number) {
    const { layout, market } = this.shared;
    return {
      sets: countSets(raw, layout.columns),
      windows: 1,
      run: { [RULE_STEPS]: steps },
      window: {},
      buffers: { [MARKET]: market, [PARAMETERS]: raw },
    };
  }

  /** Cotangents of each row of the rule, summed over windows, each by its weight [W][S]: [rows][n][S]. */
  private *summed(
    steps: number,
    windows: Int32Array,
    weights: Float64Array,
    outputs: Outputs<Resident>,
  ): Resumable<Resident> {
    const { spec, executables } = this.shared;
    const n = spec.assets.length;
    const rows = steps + leadingRows(spec);
    const sets = weights.length / windows.length;
    const sources = COTANGENTS.filter((name) => outputs[name]?.length > 0);
    if (sources.length === 0) return new Float64Array(rows * n * sets);
    const slots = sources.map((name) => outputs[name].length / (n * weights.length));
    const bases = this.bases(windows);
    // an addition for each number read: other threads would cost more than they save
    const program = executables.of(`segment sum ${sources}`, () => segmentSumProgram(n, sources), 1);
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
    return (yield* runResumable(program, inputs, [SUMMED]))[SUMMED];
  }

  /** From the cotangent of the outputs to that of the raw parameters, by the adjoint of the scan. */
  private *gradient(raw: Float64Array, steps: number, cotangent: Resident): Resumable<Float64Array | undefined> {
    const program = this.shared.executables.of('rule gradient', () =>
      adjoint(this.program(), {
        wrt: [PARAMETERS],
        seeds: { [RULE]: 'input' },
        outputs: [],
        strategy: { [RULE_STEPS]: 'segments' },
      }),
    );
    const { buffers, ...inputs } = this.inputs(raw, steps);
    const back = yield* runResumable(program, {
      ...inputs,
      run: { [RULE_STEPS]: steps, [segmentInput(RULE_STEPS)]: Math.ceil(Math.sqrt(steps)) },
      buffers: { ...buffers, [`cot.${RULE}`]: cotangent },
    });
    return (back as Outputs)[`d.${PARAMETERS}`];
  }

  private program(estimate?: 'last'): Program {
    const { spec, layout, pieceRows } = this.shared;
    return ruleProgram(spec, this.model(), layout, estimate, pieceRows);
  }

  private model() {
    const { rule } = this.shared.spec;
    if (rule === null) throw new TypeError('rollout: this pool has no rule');
    return rule;
  }
}

/** Refuses rule steps whose prices the data do not have: output r is made of the prices of rows 0, cp, …, (r + 1)·cp. */
function checkRuleSteps(rows: number, each: number, steps: number): void {
  checkCount('rule steps', steps, 1);
  const most = Math.floor((rows - 1) / each);
  if (steps > most) {
    throw new UserError(
      `rollout: at most ${most} rule steps were expected, one each ${each} rows after the first of ${rows} rows, got ${steps}; ask for fewer or give more data`,
    );
  }
}
