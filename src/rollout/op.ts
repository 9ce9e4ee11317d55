/**
 * Floor 2. A roll-out as a TensorFlow.js op with a registered gradient, so that `tf.variableGrads`, `tf.train.*` and any
 * loss of the user's compose with it.
 *
 * Tensors are float32: they widen to float64 on the way in, everything inside runs in float64, and each result narrows
 * once on the way out. Code that needs every digit calls the `Rollout` itself.
 */
import type { NamedAttrMap, NamedTensorInfoMap, Tensor, Tensor1D, Tensor2D, TensorInfo } from '@tensorflow/tfjs';
import { UserError } from '../errors.js';
import type { Engine } from '../targets/tfjs/engine.js';
import type { Tf } from '../targets/tfjs/load.js';
import type { Rollout } from './rollout.js';

/** Which windows the op looks at: their first dataset rows, and the rows of each. */
export interface RolloutWindows {
  readonly windows: Int32Array;
  readonly windowRows: number;
}

/** What the op asks of a roll-out. */
type Differentiable = Pick<Rollout, 'layout' | 'value' | 'gradient'>;

/** What an invocation refers to. */
interface Call extends RolloutWindows {
  readonly rollout: Differentiable;
}

const KERNEL = 'PoolgradRollout';
/** Backends whose tensors lie in host memory, where a roll-out can read and write them. */
const HOST_BACKENDS = ['cpu', 'wasm', 'tensorflow'];

/** The part of a host-memory backend that the kernel uses. */
interface HostBackend {
  readSync(dataId: object): Float32Array;
  write(values: Float32Array, shape: number[], dtype: 'float32'): object;
}

/**
 * The objective over `windows` (their mean, or as the spec's `over` says) by parameter set, as an op: raw [columns, S] float32 → [S] float32, higher is better.
 *
 * `engine` must be the copy of TensorFlow.js that the tensors come from. The op may be called any number of times; its
 * gradient runs the roll-out once more, forward and back. The gradient itself has no gradient. Calling it throws a
 * UserError where the active backend does not keep tensors in host memory, or raw has another shape or type.
 */
export function rolloutOp<T extends Engine>(
  engine: T,
  rollout: Differentiable,
  { windows, windowRows }: RolloutWindows,
): (raw: ReturnType<T['tensor2d']>) => ReturnType<T['tensor1d']> {
  const tf = engine as unknown as Tf;
  const call: Call = { rollout, windows, windowRows };
  const op = (raw: Tensor2D) => {
    registerAt(tf, tf.getBackend());
    checkRaw(raw, rollout.layout.columns);
    // The engine hands attributes on by reference and keeps them on its tape. So the call travels as an attribute
    // although its type is not one that TensorFlow.js declares, and lives exactly as long as someone can ask for it: an
    // id into a table of ours would either leak or be collected before the backward pass.
    return tf.engine().runKernel(KERNEL, { raw }, { call: call as unknown as NamedAttrMap }) as Tensor1D;
  };
  return op as never;
}

const callOf = (attrs: NamedAttrMap | undefined): Call => attrs?.call as unknown as Call;

/** Registers kernel and gradient at a backend, once. */
function registerAt(tf: Tf, backendName: string): void {
  if (!HOST_BACKENDS.includes(backendName)) {
    throw new UserError(
      `rolloutOp: a backend in host memory (${HOST_BACKENDS.join(', ')}) was expected, got ${backendName}; call tf.setBackend('cpu') before`,
    );
  }
  if (tf.getKernel(KERNEL, backendName) === undefined) {
    tf.registerKernel({ kernelName: KERNEL, backendName, kernelFunc });
  }
  if (tf.getGradient(KERNEL) === undefined) {
    tf.registerGradient({
      kernelName: KERNEL,
      inputsToSave: ['raw'],
      gradFunc: (dy, [raw], attrs) => ({ raw: () => pullBack(tf, dy as Tensor1D, raw as Tensor2D, callOf(attrs)) }),
    });
  }
}

function kernelFunc(params: { inputs: NamedTensorInfoMap; backend: object; attrs?: NamedAttrMap }): TensorInfo {
  const raw = params.inputs.raw as TensorInfo;
  const backend = params.backend as HostBackend;
  const { rollout, windows, windowRows } = callOf(params.attrs);
  const { objective } = rollout.value(Float64Array.from(backend.readSync(raw.dataId)), windows, windowRows);
  const shape = [objective.length];
  return { dataId: backend.write(Float32Array.from(objective), shape, 'float32'), shape, dtype: 'float32' };
}

/** d Σₛ dyₛ·objectiveₛ / d raw: the sets do not see each other, so each column of the gradient is scaled by its dy. */
function pullBack(tf: Tf, dy: Tensor1D, raw: Tensor2D, { rollout, windows, windowRows }: Call): Tensor {
  const { gradient } = rollout.gradient(Float64Array.from(raw.dataSync()), windows, windowRows);
  const scale = dy.dataSync();
  const sets = raw.shape[1];
  return tf.tensor2d(
    Float32Array.from(gradient, (g, i) => g * scale[i % sets]),
    raw.shape,
  );
}

function checkRaw(raw: Tensor2D, columns: number): void {
  if (raw.dtype === 'float32' && raw.shape.length === 2 && raw.shape[0] === columns && raw.shape[1] > 0) return;
  throw new UserError(
    `rolloutOp: raw parameters of shape [${columns}, sets] float32 were expected, got [${raw.shape.join(', ')}] ${raw.dtype}`,
  );
}
