/**
 * Floor 1, tfjs target: a program as TensorFlow.js ops over all lanes, on whichever of its backends.
 *
 * Portable, float32 and slow: an independent check of the compiled targets, and the way to GPUs that only TensorFlow
 * serves. The program is differentiated before it comes here; TensorFlow.js's own tape is never used. Nothing here
 * imports TensorFlow.js at the top level: `loadTfjs` (or `probe`) does, before `compile`.
 */
import { type Program, schedule } from '../../graph/index.js';
import { checkInputs, rowLength, rowsOf } from '../layout.js';
import { precisionOf } from '../precision.js';
import { atOnce } from '../resumable.js';
import type { Inputs, Outputs, Probe, SynchronousExecutable, SynchronousTarget } from '../target.js';
import { Interpreter } from './execute.js';
import { loadEngine, loadedEngine, probeBackend, type Tf } from './load.js';
import { LaneMemory, type WindowGroup } from './memory.js';

/** Backends by name; others that have been registered with TensorFlow.js work as well. */
export type Backend = 'cpu' | 'wasm' | 'tensorflow' | (string & {});

/**
 * The target on a TensorFlow.js backend: `cpu` (part of TensorFlow.js), `wasm` or `tensorflow` (packages of their own).
 *
 * `compile` throws a TypeError unless `loadTfjs(backend)` or `probe()` found the backend before.
 */
export function tfjs(backend: Backend = 'cpu'): SynchronousTarget {
  const target: SynchronousTarget = {
    name: backend === 'cpu' ? 'tfjs' : `tfjs:${backend}`,
    exact: false,
    precisions: ['float32'],
    lanesAtOnce: (sets, windows) => sets * windows,
    withTensors: (body) => withTensors(loaded(backend, 'withTensors'), backend, body),
    probe: () => probe(backend),
    compile(program, options) {
      precisionOf(target, options?.precision);
      return compile(program, backend);
    },
  };
  return target;
}

/** The target on the `cpu` backend. */
export const tfjsTarget: SynchronousTarget = tfjs();

/** Imports TensorFlow.js, makes `backend` its active one and gives the target on it. Throws a UserError if it cannot. */
export async function loadTfjs(backend: Backend = 'cpu'): Promise<SynchronousTarget> {
  await loadEngine(backend);
  return tfjs(backend);
}

async function probe(backend: Backend): Promise<Probe> {
  const obstacle = await probeBackend(backend);
  if (obstacle !== null) return { available: false, reason: obstacle, device: backend };
  const tf = loadedEngine() as Tf;
  const found = `TensorFlow.js ${tf.version_core}, backend ${backend}, float32`;
  if (backend !== 'tensorflow') return { available: true, reason: found, device: 'cpu' };
  const onGpu = (tf.findBackend(backend) as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
  const where = onGpu ? 'on the GPU' : 'on the CPU: it found no GPU that its CUDA version serves';
  return { available: true, reason: `${found}, ${where}`, device: onGpu ? 'gpu' : 'cpu' };
}

function loaded(backend: Backend, wanted: string): Tf {
  const tf = loadedEngine();
  if (tf !== null && backend in tf.engine().registry) return tf;
  throw new TypeError(`tfjs: the backend ${backend} is not loaded; await loadTfjs('${backend}') before ${wanted}`);
}

/** Gradients within `body` leave a tape alone that the caller has begun: the engine has one, and drops it after each. */
function withTensors<T>(tf: Tf, backend: Backend, body: (tf: Tf) => T): T {
  const { state } = tf.engine();
  const tape = state.activeTape;
  try {
    return onBackend(tf, backend, () => {
      // not tf.tidy, which looks for tensors in every number of a result
      tf.engine().startScope();
      try {
        return body(tf);
      } finally {
        tf.engine().endScope();
      }
    });
  } finally {
    state.activeTape = tape;
  }
}

function compile(program: Program, backend: Backend): SynchronousExecutable {
  const tf = loaded(backend, 'compile');
  const plan = schedule(program);
  // windows differ by nothing but their integers: without those, all lanes of all windows are one tensor
  const together = plan.live.inputs.every((i) => i.per === 'run');
  const executable: SynchronousExecutable = {
    resumable: (inputs) => atOnce(() => executable.run(inputs)),
    run(inputs: Inputs): Outputs {
      checkInputs(program.name, plan.live, inputs);
      const outputs: Outputs = {};
      for (const b of plan.live.buffers) {
        if (b.kind !== 'output') continue;
        outputs[b.name] = new Float64Array(rowsOf(b, inputs.run) * rowLength(b, inputs.sets, inputs.windows));
      }
      const groups: WindowGroup[] = together
        ? [{ first: 0, count: inputs.windows }]
        : Array.from({ length: inputs.windows }, (_, first) => ({ first, count: 1 }));
      onBackend(tf, backend, () => {
        for (const group of groups) {
          const memory = new LaneMemory(tf, plan.live.buffers, inputs, outputs, group);
          try {
            new Interpreter(tf, plan, inputs, memory, group.first).run();
          } finally {
            memory.clear();
          }
        }
      });
      return outputs;
    },
    dispose() {},
  };
  return executable;
}

/** Runs `body` with `backend` active. Switching between backends that are initialised takes effect at once. */
function onBackend<T>(tf: Tf, backend: Backend, body: () => T): T {
  const before = tf.getBackend();
  if (before !== backend) void tf.setBackend(backend);
  try {
    return body();
  } finally {
    if (before !== backend) void tf.setBackend(before);
  }
}
