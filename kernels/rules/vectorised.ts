/**
 * Floor 3. What the vectorised forms of the rules share (src/rollout/vectorised.ts): estimators over all rule steps at once.
 *
 * The only recurrence is x_t = λx_{t−1} + u_t, here S(u). It is summed by doubling,
 *   u_t += λ^k·u_{t−k} for k = 1, 2, 4 …,
 * in ⌈log₂ T⌉ passes over T rows and without truncation; a convolution with λ^j takes as many products a row as it has
 * taps, some memories' worth, and leaves out what lies before them. λ^k is exp(k·ln λ): as a power of a rounded λ it would
 * lose k·6e-8.
 *
 * Relative to the first price, with Δ the change of the price from row to row, an average that starts there is
 *   ewma = p − λ·y, y = S(Δ)
 * and the gradient of kernels/rules/gradient.ts g = (1−λ)²·S(y)/ewma: no difference of prices, which in float32 would keep
 * few digits, is left to the tensors.
 */
import type { Rank, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs';
import type { VectorContext } from '../../src/pools/vector-rule.js';
import { memoryTransform } from './memory.js';

const MINUTES_A_DAY = 1440;

/** What an estimator uses of a raw memory, [lanes] each. */
export interface VectorMemory {
  readonly lambda: Tensor1D;
  readonly logLambda: Tensor1D;
  /** 1 − λ */
  readonly decay: Tensor1D;
  readonly days: Tensor1D;
}

/** x > 0. The comparisons of TensorFlow.js stop a gradient with an error; the gradient of a step is 0. */
const isPositive = <T extends Tensor>({ tf }: VectorContext, x: T): T => tf.step(x).cast('bool');

/** ln(1 + e^x) = max(0, x) + ln(1 + e^−|x|); the order of the arguments gives ½ for its derivative at 0. */
const softplus = ({ tf }: VectorContext, x: Tensor1D): Tensor1D =>
  tf.maximum(0, x).add(tf.log1p(tf.exp(tf.minimum(x, x.neg())))) as Tensor1D;

/** λ = 1/(1 + e^−raw), at most that of the longest memory; days ∛(6λ/(1−λ)³)·2·cp/1440. */
export function memoryOf(c: VectorContext, key: string): VectorMemory {
  const { chunkPeriod, maxMemoryDays } = c.settings;
  const [longest] = memoryTransform(chunkPeriod).inverse([maxMemoryDays]);
  const raw = c.tf.minimum(c.raw(key), longest) as Tensor1D;
  const logLambda = softplus(c, raw.neg()).neg();
  const logDecay = softplus(c, raw).neg();
  const logDays = logLambda.add(Math.log(6)).div(3).sub(logDecay);
  return {
    lambda: logLambda.exp(),
    logLambda,
    decay: logDecay.exp(),
    days: logDays.exp().mul((2 * chunkPeriod) / MINUTES_A_DAY),
  };
}

/** S(u): x_t = λx_{t−1} + u_t from 0, by rows. */
export function recurrence({ tf }: VectorContext, { logLambda }: VectorMemory, u: Tensor2D): Tensor2D {
  const [rows, lanes] = u.shape;
  let x = u;
  for (let k = 1; k < rows; k *= 2) {
    const earlier = tf.concat2d([tf.zeros<Rank.R2>([k, lanes]), x.slice([0, 0], [rows - k, lanes])], 0);
    x = x.add(earlier.mul(logLambda.mul(k).exp()));
  }
  return x;
}

/** Prices over the first ones, and their changes from row to row; rows are those of the steps. */
function relativePrices({ prices, assets: n, steps, spread }: VectorContext): { p: Tensor2D; change: Tensor2D } {
  const size = steps * n;
  const p = Float64Array.from({ length: size }, (_, k) => prices[k + n] / prices[k % n]);
  const change = Float64Array.from({ length: size }, (_, k) => (prices[k + n] - prices[k]) / prices[k % n]);
  return { p: spread(p), change: spread(change) };
}

/** y = S(Δ), and the average of that memory relative to the first price. */
export function averageOf(c: VectorContext, memory: VectorMemory): { y: Tensor2D; average: Tensor2D } {
  const { p, change } = relativePrices(c);
  const y = recurrence(c, memory, change);
  return { y, average: p.sub(y.mul(memory.lambda)) };
}

/** A sum below this is rounding: relative to the price … */
const NOISE = 1e-13;
/** … and absolute in the reference simulator. */
const COMPAT_NOISE = 1e-10;

/** The gradient g, relative to `average` where given, else to the memory's own. */
export function gradientOf(c: VectorContext, memory: VectorMemory, average?: Tensor2D): Tensor2D {
  const { tf } = c;
  const { y, average: own } = averageOf(c, memory);
  const h = recurrence(c, memory, y);
  const first = c.spread(c.prices.slice(0, c.assets));
  const noise: Tensor = c.settings.compat ? first.reciprocal().mul(COMPAT_NOISE) : own.mul(NOISE);
  const moves = isPositive(c, h.mul(memory.lambda.div(memory.decay)).abs().sub(noise));
  const g = h.mul(memory.decay.square()).div(average ?? own);
  return tf.where(moves, g, 0) as Tensor2D;
}

/** The same number for all assets of a set: x [rows, n·S] summed over assets, [rows, n·S]. */
function acrossAssets({ tf, assets, sets }: VectorContext, x: Tensor2D): Tensor2D {
  const total = x.reshape<Tensor3D>([x.shape[0], assets, sets]).sum<Tensor2D>(1);
  return tf.concat2d(new Array<Tensor2D>(assets).fill(total), 1);
}

/** Δw = k ⊙ (s − Σ(k ⊙ s)/Σk) */
export function vectorChange(c: VectorContext, k: Tensor1D, signal: Tensor2D): Tensor2D {
  const total = acrossAssets(c, k.expandDims(0));
  return signal.sub(acrossAssets(c, signal.mul(k)).div(total)).mul(k);
}

/** e^xᵢ/Σe^xⱼ over the assets of a set. */
export function vectorSoftmax({ tf, assets, sets }: VectorContext, x: Tensor2D): Tensor2D {
  const byAsset = x.reshape<Tensor3D>([x.shape[0], assets, sets]).transpose<Tensor3D>([0, 2, 1]);
  return tf.softmax(byAsset).transpose([0, 2, 1]).reshape(x.shape);
}

/** 2^raw of a parameter. */
export const powerOfTwoOf = (c: VectorContext, key: string): Tensor1D => c.raw(key).mul<Tensor1D>(Math.LN2).exp();

/** ½(x + √(x² + 4)) of a parameter's raw x: for x < 0 2/(√(x² + 4) − x), which does not cancel. */
export function squareplusOf(c: VectorContext, key: string): Tensor1D {
  const { tf } = c;
  const x = c.raw(key);
  const root = x.square().add(4).sqrt();
  const below = isPositive(c, x.neg());
  const large = tf.where(below, root.sub(x), root.add(x)).div(2);
  return tf.where(below, large.reciprocal(), large) as Tensor1D;
}

/** sign(g)·|g/(2P)|^E, of 0 exactly 0 with all derivatives. */
export function vectorPower(c: VectorContext, g: Tensor2D, scale: Tensor1D, exponent: Tensor1D): Tensor2D {
  const { tf } = c;
  const sign = g.sign();
  const size = g.mul(sign).div<Tensor2D>(scale.mul(2));
  const some = isPositive(c, size);
  // TensorFlow.js multiplies the cotangent of an arm that is not taken by 0: its logarithm must be finite there
  const power = tf.where(some, size, 1).log().mul(exponent).exp();
  return tf.where(some, power, 0).mul(sign);
}

/** −A·V·(u − u³/6)/0.5415 + (1 − V)·power of the trend; V = exp(−e²/(2W²)) of the envelope e, u = πg/(3W) of the channel g. */
export function vectorChannel(
  c: VectorContext,
  by: { readonly channel: Tensor2D; readonly trend: Tensor2D; readonly envelope: Tensor2D },
  days: Tensor1D,
): Tensor2D {
  const width = powerOfTwoOf(c, 'width');
  const amplitude = powerOfTwoOf(c, 'amplitude').mul(days);
  const inside = by.envelope.div(width).square().mul(-0.5).exp();
  const u = by.channel.div(width).mul(Math.PI / 3);
  const cubic = u.sub(u.square().mul(u).div(6));
  const reverted = cubic.mul(inside).mul(amplitude).div(-0.5415);
  const followed = vectorPower(c, by.trend, powerOfTwoOf(c, 'scale'), squareplusOf(c, 'exponent'));
  return reverted.add(followed.sub(followed.mul(inside)));
}
