/**
 * Floor 5. The raw parameters as a TensorFlow.js variable, stepped by the optimisers of `tf.train`, with everything that
 * those keep readable and restorable to the bit.
 */
import type { Optimizer, SGDOptimizer, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import { UserError } from '../errors.js';
import type { Tf } from '../targets/tfjs/load.js';
import type { OptimizerSpec } from './problem.js';
import type { Slot } from './state.js';

const BETA1 = 0.9;
const BETA2 = 0.999;
/** Gradients of a return with respect to a raw of 1e-8 occur; TensorFlow.js's own 1e-7 would damp them. */
const EPSILON = 1e-12;
const WEIGHT_DECAY = 0.01;

/** Parts of the optimisers that TensorFlow.js keeps to itself. */
interface Internals {
  learningRate: number;
  accBeta1: Variable;
  accBeta2: Variable;
  c: Tensor;
}

export class Stepper {
  private readonly variable: Variable;
  private readonly optimizer: Optimizer;
  /** Where weight decay leads: [columns, 1]. */
  private readonly anchor: Tensor2D;
  private readonly shape: [number, number];

  /** `raw`: [columns][S]; `anchor`: [columns], where weight decay leads. */
  constructor(
    private readonly tf: Tf,
    private readonly spec: OptimizerSpec,
    raw: Float32Array,
    anchor: Float32Array,
  ) {
    this.shape = [anchor.length, raw.length / anchor.length];
    this.variable = tf.tidy(() => tf.variable(tf.tensor2d(raw, this.shape)));
    this.anchor = tf.tensor2d(anchor, [anchor.length, 1]);
    this.optimizer =
      spec.name === 'sgd'
        ? tf.train.momentum(spec.learningRate, spec.momentum ?? 0)
        : tf.train.adam(spec.learningRate, BETA1, BETA2, EPSILON);
  }

  private get internals(): Internals {
    return this.optimizer as unknown as Internals;
  }

  /** The raw parameters: [columns][S]. */
  read(): Float32Array {
    return this.variable.dataSync() as Float32Array;
  }

  write(raw: Float32Array): void {
    this.assign(this.variable, raw);
  }

  /** One step of the optimiser against `gradient` of what is to be made small: [columns][S]. */
  step(gradient: Float32Array, learningRate: number): void {
    const { tf, spec, optimizer } = this;
    if (spec.name === 'sgd') (optimizer as SGDOptimizer).setLearningRate(learningRate);
    else this.internals.learningRate = learningRate;
    tf.tidy(() => {
      if (spec.name === 'adamw') this.decay(learningRate * (spec.weightDecay ?? WEIGHT_DECAY));
      optimizer.applyGradients([{ name: this.variable.name, tensor: tf.tensor2d(gradient, this.shape) }]);
    });
  }

  /** θ ← θ − ηλ(θ − anchor), apart from the moments (Loshchilov and Hutter 2019, with their schedule multiplier in η). */
  private decay(amount: number): void {
    this.variable.assign(this.variable.sub(this.variable.sub(this.anchor).mul(amount)));
  }

  /** Gives set `to` the moments of set `from`. */
  async copySlots(from: number, to: number): Promise<void> {
    const sets = this.shape[1];
    for (const { tensor } of await this.variables()) {
      if (tensor.shape.length !== 2) continue;
      const values = tensor.dataSync().slice() as Float32Array;
      for (let i = 0; i < values.length; i += sets) values[i + to] = values[i + from];
      this.assign(tensor, values);
    }
  }

  /** All that the optimiser keeps. */
  async slots(): Promise<Slot[]> {
    const kept = await this.variables();
    return [
      { name: 'iter', values: Float32Array.of(this.optimizer.iterations) },
      ...kept.map(({ name, tensor }) => ({ name, values: Float32Array.from(tensor.dataSync()) })),
    ];
  }

  /** Puts back what `slots` gave. Throws a UserError where they are not those of this optimiser or of this shape. */
  async restore(slots: readonly Slot[]): Promise<void> {
    this.checkSlots(slots);
    const { tf, shape } = this;
    const [counter, ...rest] = slots;
    const moments = rest.filter(({ name }) => !name.startsWith('beta'));
    const weights = [
      { name: counter.name, tensor: tf.scalar(counter.values[0], 'int32') },
      ...moments.map(({ name, values }) => ({ name, tensor: tf.tensor2d(values, shape) })),
    ];
    // the optimiser makes variables that share the memory of these tensors
    await this.optimizer.setWeights(weights);
    tf.dispose(weights.map((w) => w.tensor));
    if (this.spec.name === 'sgd') return;
    const power = (name: string) => slots.find((s) => s.name === name)!.values;
    this.assign(this.internals.accBeta1, power('beta1^t'));
    this.assign(this.internals.accBeta2, power('beta2^t'));
  }

  dispose(): void {
    // momentum's own dispose forgets the constant that it inherits
    if (this.spec.name === 'sgd') this.internals.c.dispose();
    this.optimizer.dispose();
    this.tf.dispose([this.variable, this.anchor]);
  }

  /**
   * Moments, and for Adam the running products β₁^t and β₂^t: its getWeights leaves them out and its setWeights takes
   * powers instead, which differ from the products in the last bits.
   */
  private async variables(): Promise<{ name: string; tensor: Variable }[]> {
    const [counter, ...moments] = await this.optimizer.getWeights();
    counter.tensor.dispose(); // made for this call, unlike the others
    const named = moments.map(({ name, tensor }) => ({
      name: name.slice(name.lastIndexOf('/') + 1),
      tensor: tensor as Variable,
    }));
    if (this.spec.name === 'sgd') return named;
    const { accBeta1, accBeta2 } = this.internals;
    return [...named, { name: 'beta1^t', tensor: accBeta1 }, { name: 'beta2^t', tensor: accBeta2 }];
  }

  private checkSlots(slots: readonly Slot[]): void {
    const size = this.shape[0] * this.shape[1];
    const moments = this.spec.name === 'sgd' ? ['momentum'] : ['m', 'v', 'beta1^t', 'beta2^t'];
    const expected = ['iter', ...moments].map((name) => `${name} (${/iter|beta/.test(name) ? 1 : size})`).join(', ');
    const got = slots.map(({ name, values }) => `${name} (${values.length})`).join(', ');
    if (got === expected) return;
    throw new UserError(
      `resume: the optimiser ${this.spec.name} was expected to have the slots ${expected}, got ${got}; resume with the optimiser and the sets of the checkpoint`,
    );
  }

  private assign(variable: Variable, values: Float32Array): void {
    this.tf.tidy(() => variable.assign(this.tf.tensor(values, variable.shape)));
  }
}
