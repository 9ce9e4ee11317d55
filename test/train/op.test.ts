/** The roll-out as a TensorFlow.js op: values, gradients through a user's loss, optimisers, leaks, refusals. */
import type { Scalar, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { rolloutOp } from '../../src/rollout/op.js';
import { loadEngine } from '../../src/targets/tfjs/load.js';
import { COLUMNS, fakeRollout, target } from './fake.js';

const tf = await loadEngine('cpu');
const windows = Int32Array.of(110, 240);
const rollout = fakeRollout();
const op = rolloutOp(tf, rollout, { windows, windowRows: 60 });
const SETS = 3;
const values = Float32Array.from({ length: COLUMNS * SETS }, (_, i) => Math.sin(3 * i));
const tensor = () => tf.tensor2d(values, [COLUMNS, SETS]);

describe('rolloutOp', () => {
  it('is the mean objective by set, narrowed once', () => {
    const y = tf.tidy(() => op(tensor()).dataSync());
    const { objective } = rollout.value(Float64Array.from(values), windows, 60);
    expect(y).toEqual(Float32Array.from(objective));
  });

  it('scales the gradient of each set by its dy', () => {
    const dy = [2, -1, 0.5];
    const { gradient } = rollout.gradient(Float64Array.from(values), windows, 60);
    const g = tf.tidy(() =>
      tf
        .grad((x) => op(x as Tensor2D))(tensor(), tf.tensor1d(dy))
        .dataSync(),
    );
    expect(g).toEqual(Float32Array.from(gradient, (x, i) => x * dy[i % SETS]));
  });

  it('gives tf.variableGrads the gradient of a loss around it', () => {
    const x = tf.variable(tensor());
    const loss = (v: Variable) => (op(v as unknown as Tensor2D) as Tensor1D).mul(2).add(v.square().sum(0)).mean();
    const { value, grads } = tf.variableGrads(() => loss(x) as Scalar, [x]);
    const got = grads[x.name].dataSync();
    const { objective, gradient } = rollout.gradient(Float64Array.from(values), windows, 60);
    const squares = values.reduce((a, v) => a + v * v, 0);
    const expected = (2 * objective.reduce((a, b) => a + b, 0) + squares) / SETS;
    expect(value.dataSync()[0]).toBeCloseTo(expected, 4);
    got.forEach((g, i) => {
      expect(g).toBeCloseTo((2 * gradient[i] + 2 * values[i]) / SETS, 5);
    });
    tf.dispose([x, value, grads]);
  });

  it('composes with tf.train: an optimiser finds the maximum', () => {
    const x = tf.variable(tensor());
    const adam = tf.train.adam(0.05);
    for (let i = 0; i < 300; i++)
      adam.minimize(
        () =>
          op(x as unknown as Tensor2D)
            .mean()
            .neg() as Scalar,
        false,
        [x],
      );
    x.dataSync().forEach((v, i) => {
      const c = Math.floor(i / SETS);
      expect(v).toBeCloseTo((target(c, 110) + target(c, 240)) / 2, 3);
    });
    adam.dispose();
    x.dispose();
  });

  it('leaks no tensors', () => {
    const x = tf.variable(tensor());
    const sgd = tf.train.sgd(0.01);
    const iterate = () => {
      sgd.minimize(
        () =>
          op(x as unknown as Tensor2D)
            .mean()
            .neg() as Scalar,
        false,
        [x],
      );
      op(x as unknown as Tensor2D).dispose();
    };
    iterate();
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    for (let i = 0; i < 50; i++) iterate();
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
    sgd.dispose();
    x.dispose();
  });

  it('keeps two roll-outs apart on one tape', () => {
    const other = rolloutOp(tf, fakeRollout({ blind: [0] }), { windows: Int32Array.of(500), windowRows: 60 });
    const g = tf.tidy(() =>
      tf
        .grad((x) => op(x as Tensor2D).sub(other(x as Tensor2D)))(tensor())
        .dataSync(),
    );
    const a = rollout.gradient(Float64Array.from(values), windows, 60).gradient;
    const b = fakeRollout({ blind: [0] }).gradient(Float64Array.from(values), Int32Array.of(500), 60).gradient;
    g.forEach((v, i) => {
      expect(v).toBeCloseTo(a[i] - b[i], 4);
    });
  });

  it('refuses another shape and type', () => {
    const wrong = [tf.zeros([COLUMNS - 1, 2]), tf.zeros([COLUMNS]), tf.zeros([COLUMNS, 2], 'int32')];
    for (const x of wrong) expect(() => op(x as Tensor2D)).toThrow(UserError);
    expect(() => op(wrong[0] as Tensor2D)).toThrow(
      'rolloutOp: raw parameters of shape [7, sets] float32 were expected, got [6, 2]',
    );
    tf.dispose(wrong);
  });

  it('refuses a backend whose tensors lie elsewhere', () => {
    const { getBackend } = tf;
    const elsewhere = { ...tf, getBackend: () => 'webgl' };
    expect(getBackend()).toBe('cpu');
    const x = tensor();
    expect(() => rolloutOp(elsewhere, rollout, { windows, windowRows: 60 })(x)).toThrow(
      /got webgl; call tf.setBackend/,
    );
    x.dispose();
  });
});
