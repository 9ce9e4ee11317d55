/**
 * Floor 2½. The rule's other route: all rule steps at once as TensorFlow.js tensors, for targets that compute with them.
 *
 * It is a second definition of a rule, by other formulas than its step, and its gradient is TensorFlow.js's own: neither
 * shares code with the scan or its adjoint, so each tests the other. float32, but for what is made of the data alone.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { UserError } from '../errors.js';
import type { ParameterLayout } from '../rollout/layout.js';
import type { Prices } from '../rollout/recorded.js';
import type { Target } from '../targets/target.js';
import type { Tf } from '../targets/tfjs/load.js';
import type { RuleModel } from './model.js';
import type { Route } from './route.js';
import { leadingRows } from './rule-program.js';
import { assetSeries } from './series.js';
import { type PoolSpec, ruleRows } from './spec.js';

/** What the vectorised form of a rule sees. A lane is an asset of a set: lane i·S + s of n·S. */
export interface VectorContext {
  readonly tf: Tf;
  readonly assets: number;
  readonly sets: number;
  /** Rule steps; the data have a row more, the first. */
  readonly steps: number;
  /** Rows of outputs before the first step: 1 for rules that give weights from the start. */
  readonly leading: 0 | 1;
  readonly settings: Readonly<Record<string, number>>;
  /** Raw numbers of a parameter, [lanes]; those of a scalar stand for each asset. */
  readonly raw: (key: string) => Tensor1D;
  /** Prices at rows 0, cp, 2cp …: [steps + 1][n], float64. */
  readonly prices: Float64Array;
  /** The rule's further series in the same rows, by the name before the asset's. */
  readonly series: Readonly<Record<string, Float64Array>>;
  /** Numbers by row and asset, [rows][n], as a tensor [rows, lanes]. */
  readonly spread: (byAsset: Float64Array) => Tensor2D;
}

/** The outputs of all rule steps, [leading + steps, lanes]. */
export type Vectorised = (c: VectorContext) => Tensor2D;

/** The vectorised route of a rule on a target, or null where the scan is to be taken. */
export function vectorisedRule(
  spec: PoolSpec,
  layout: ParameterLayout,
  data: Prices,
  target: Target,
  route: Route,
): VectorisedRule | null {
  if (route === 'scan') return null;
  const form = spec.rule?.vectorised as Vectorised | undefined;
  if (form !== undefined && target.withTensors !== undefined) {
    return new VectorisedRule(spec, spec.rule as RuleModel, form, layout, data, target.withTensors);
  }
  if (route === 'auto') return null;
  const [wanted, got] =
    form === undefined
      ? ['a rule with a vectorised form', spec.rule?.name ?? 'no rule']
      : ['the tfjs target', target.name];
  throw new UserError(`rollout: ${wanted} was expected for the route vectorised, got ${got}; take route: auto or scan`);
}

export class VectorisedRule {
  constructor(
    private readonly spec: PoolSpec,
    private readonly rule: RuleModel,
    private readonly form: Vectorised,
    private readonly layout: ParameterLayout,
    private readonly data: Prices,
    private readonly withTensors: NonNullable<Target['withTensors']>,
  ) {}

  /** What the scan gives: [leading + steps][n][S]. */
  outputs(raw: Float64Array, steps: number): Float64Array {
    return this.run((tf) => Float64Array.from(this.of(tf, steps)(this.tensorOf(tf, raw)).dataSync()));
  }

  /** The cotangent of the raw parameters, [columns][S], from that of the outputs. */
  pullBack(raw: Float64Array, steps: number, cotangent: Float64Array): Float64Array {
    return this.run((tf) => {
      const x = this.tensorOf(tf, raw);
      const lanes = this.spec.assets.length * x.shape[1];
      const dy = tf.tensor2d(Float32Array.from(cotangent), [cotangent.length / lanes, lanes]);
      return Float64Array.from(
        tf
          .grad(this.of(tf, steps) as never)(x, dy)
          .dataSync(),
      );
    });
  }

  private run<T>(body: (tf: Tf) => T): T {
    return this.withTensors((engine) => body(engine as Tf));
  }

  private tensorOf(tf: Tf, raw: Float64Array): Tensor2D {
    const { columns } = this.layout;
    return tf.tensor2d(Float32Array.from(raw), [columns, raw.length / columns]);
  }

  private of(tf: Tf, steps: number): (x: Tensor2D) => Tensor2D {
    const { assets, settings } = this.spec;
    const n = assets.length;
    const rows = steps + 1;
    const atSteps = (value: (row: number, i: number) => number) =>
      Float64Array.from({ length: rows * n }, (_, k) => value(Math.floor(k / n) * ruleRows(this.spec), k % n));
    const series = Object.keys(this.rule.series?.(settings) ?? {}).map((name) => {
      const columns = assets.map((asset) => this.data.series?.[assetSeries(name, asset)] as Float64Array);
      return [name, atSteps((row, i) => columns[i][row])] as const;
    });
    return (x) => {
      const sets = x.shape[1];
      return this.form({
        tf,
        assets: n,
        sets,
        steps,
        leading: leadingRows(this.spec),
        settings,
        raw: (key) => {
          const { column, size } = this.layout.entry(`${this.rule.name}.${key}`);
          const own = x.slice([column, 0], [size, sets]).flatten();
          return size === n ? own : tf.concat1d(new Array<Tensor1D>(n).fill(own));
        },
        prices: atSteps((row, i) => this.data.prices[row * n + i]),
        series: Object.fromEntries(series),
        spread: (byAsset) => {
          const lanes = new Float32Array(byAsset.length * sets);
          byAsset.forEach((y, k) => {
            lanes.fill(y, k * sets, (k + 1) * sets);
          });
          return tf.tensor2d(lanes, [byAsset.length / n, n * sets]);
        },
      });
    };
  }
}
