/** Floor 3. What the channel rules share: signed powers of gradients, the channel's cubic, and their parameters. */
import { type Expr, where } from '../../src/graph/index.js';
import { pow } from '../../src/rollout/functions.js';
import type { Parameter } from '../../src/rollout/model.js';
import { positive, powerOfTwo, type Transform } from '../../src/rollout/transforms.js';
import { perDay } from './gradient.js';

/**
 * sign(g)·|g/(2P)|^E. A gradient of exactly 0 occurs (a price that rests for a memory), where a power with E < 1 has no
 * derivative: value and all derivatives are 0 there.
 */
export function signedPower(g: Expr, scale: Expr, exponent: Expr): Expr {
  const size = g.abs().div(scale.mul(2));
  const power = where(size.greater(0), pow(size, exponent), 0);
  return where(g.less(0), power.neg(), power);
}

/** What the cubic is divided by, part of the rule's definition: it scales A. */
const INVERSE_SCALING = 0.5415;

/** V = exp(−g²/(2W²)): 1 within the channel of width W, 0 far outside. */
export const envelope = (g: Expr, width: Expr): Expr => g.div(width).square().mul(-0.5).exp();

/** −A·V·(u − u³/6)/0.5415 with u = πg/(3W): against small gradients. */
export function reversion(g: Expr, width: Expr, amplitude: Expr, inside: Expr): Expr {
  const u = g.div(width).mul(Math.PI / 3);
  const cubic = u.sub(u.square().mul(u).div(6));
  return amplitude.mul(inside).mul(cubic).div(-INVERSE_SCALING);
}

const perAsset = (transform: Transform, start: number, range: readonly [number, number], doc: string): Parameter => ({
  shape: 'asset',
  transform,
  range,
  unit: '1',
  default: start,
  trainable: true,
  doc,
});

export const exponentParameter = perAsset(positive, 1.5, [1e-3, 100], 'exponent of the power of the gradient');

export const scaleParameter = perAsset(
  powerOfTwo,
  0.01,
  [1e-9, 1e3],
  'half the gradient whose power is 1: gradients are divided by twice this before the power',
);

export const widthParameter = perAsset(
  powerOfTwo,
  0.005,
  [1e-9, 1e3],
  'width of the channel: gradients well below it are reverted, well above it followed',
);

export const amplitudeParameter = perDay(
  0.02,
  'strength of the reversion within the channel against the power outside it, per day of memory',
);
