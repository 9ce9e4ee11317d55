/**
 * Floor 1, tfjs target. One TensorFlow.js op for each op of the table, over all lanes at once.
 *
 * What is the same for all lanes (clock, series, constants) is a JavaScript number, computed in float64 by the op
 * table's own `forward`; truth values among it are 0 and 1. What differs by lane is a float32 or bool tensor [lanes].
 */
import type { Tensor } from '@tensorflow/tfjs';
import { type ComputedOp, ops } from '../../graph/index.js';
import { draw } from '../runtime.js';
import type { Tf } from './load.js';

/** A number for all lanes, or a tensor with one entry for each. */
export type Value = number | Tensor;

export type Emit = (...args: Value[]) => Value;

/** The emission table on an engine. */
export function emission(tf: Tf): Readonly<Record<ComputedOp, Emit>> {
  const host = (op: ComputedOp) => ops[op].forward as Emit;
  /** On numbers the table's own rule, else the TensorFlow.js op. */
  const lanes = (op: ComputedOp, device: (...args: Value[]) => Tensor): Emit => {
    const forward = host(op);
    return (...args) => (args.every(isNumber) ? forward(...args) : device(...args));
  };
  const wide = (x: Value, like: Tensor) => (isNumber(x) ? tf.fill(like.shape, x, 'float32') : x);
  return {
    add: lanes('add', tf.add),
    sub: lanes('sub', tf.sub),
    mul: lanes('mul', tf.mul),
    div: lanes('div', tf.div),
    neg: lanes('neg', tf.neg),
    abs: lanes('abs', tf.abs),
    // where an argument is NaN these give NaN; the reference gives its first argument
    max: lanes('max', tf.maximum),
    min: lanes('min', tf.minimum),
    sqrt: lanes('sqrt', tf.sqrt),
    exp: lanes('exp', tf.exp),
    log: lanes('log', tf.log),
    expm1: lanes('expm1', tf.expm1),
    scale2: () => refuseLowered('scale2'),
    exponent: () => refuseLowered('exponent'),
    mantissa: () => refuseLowered('mantissa'),
    less: lanes('less', tf.less),
    lessEqual: lanes('lessEqual', tf.lessEqual),
    and: (x, y) => {
      if (isNumber(x)) return x ? y : 0;
      if (isNumber(y)) return y ? x : 0;
      return tf.logicalAnd(x, y);
    },
    or: (x, y) => {
      if (isNumber(x)) return x ? 1 : y;
      if (isNumber(y)) return y ? 1 : x;
      return tf.logicalOr(x, y);
    },
    not: lanes('not', tf.logicalNot as (...args: Value[]) => Tensor),
    where: (mask, x, y) => {
      if (isNumber(mask)) return mask ? x : y;
      // an arm that no lane needed was left out (execute.ts): all lanes take the other side
      if (x === undefined) return y;
      if (y === undefined) return x;
      // the kernel itself: tf.where would first copy all three for shapes that are the same here
      return tf.engine().runKernel(tf.Select, { condition: mask, t: wide(x, mask), e: wide(y, mask) }) as Tensor;
    },
    choose: (condition, x, y) => (condition ? x : y),
    stop: (x) => x,
    graft: (x) => x,
    iadd: host('iadd'),
    isub: host('isub'),
    imul: host('imul'),
    idiv: host('idiv'),
    imod: host('imod'),
    imin: host('imin'),
    imax: host('imax'),
    ilt: host('ilt'),
    ieq: host('ieq'),
    cand: host('cand'),
    cor: host('cor'),
    cnot: host('cnot'),
    float: host('float'),
    int: host('int'),
    mask: host('mask'),
    draw: draw as Emit,
  };
}

const isNumber = (x: Value): x is number => typeof x === 'number';

function refuseLowered(op: ComputedOp): never {
  throw new TypeError(
    `tfjs: ${op} was reached, which works on the bits of a float64; compile the program itself, not the result of lower()`,
  );
}
