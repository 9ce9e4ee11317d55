/**
 * Floor 1. Whether a device computes what it should, before it is trusted with a training: one small program, forward and
 * backward, against the reference to the bit. A driver's compiler stands between our kernels and its GPU.
 */
import {
  adjoint,
  buffer,
  draw,
  emit,
  input,
  integer,
  load,
  type Precision,
  type Program,
  scan,
  trace,
  where,
} from '../graph/index.js';
import { reference } from './reference/index.js';
import { withTurns } from './resumable.js';
import type { Executable, Inputs, Outputs, SynchronousTarget, Target } from './target.js';

/** Transcendentals, a quotient and a root, a search in a loop, an arm, draws, a tape; different lanes do different things. */
const forward = trace('self-test', () => {
  const n = input('N');
  const x = load(buffer('set', 'x', 1, { differentiable: true }), 0);
  const p = buffer('series', 'p', 1);
  const end = scan({
    length: n,
    name: 'steps',
    init: x,
    body: (s, t) => {
      const grown = s.mul(load(p, 0, t)).add(draw(integer(5), input('seed', 'window'), t, 0).mul(0.1));
      const folded = scan({
        length: integer(20),
        init: grown,
        body: (v) => where(v.greater(2), v.sqrt(), v),
        active: (v) => v.greater(2),
      });
      return where(t.mod(3).equal(1), folded.exp().expm1(), folded.abs().add(0.5).log().add(1).div(folded.add(3)));
    },
  });
  emit(buffer('output', 'y', 1), 0, end);
});

export const SELF_TEST: Program = adjoint(forward, {
  wrt: ['x'],
  seeds: { y: 'one' },
  strategy: { steps: 'storeAll' },
});

export const SELF_TEST_INPUTS: Inputs = {
  sets: 37,
  windows: 3,
  // few steps: they contract, and float32 is to tell lanes apart after them
  run: { N: 5 },
  window: { seed: Int32Array.of(1, 2, 3) },
  buffers: {
    x: Float64Array.from({ length: 37 }, (_, i) => 1.2 ** i / 30),
    p: Float64Array.from({ length: 5 }, (_, t) => 1 + 0.3 * Math.sin(t)),
  },
};

/** What is wrong with a target that should be exact; null where its bits are the reference's in that precision. */
export function selfTest(target: SynchronousTarget, precision: Precision = 'float64'): string | null {
  const test = precision === 'float64' ? 'its self-test' : `its self-test in ${precision}`;
  const wanted = runOnce(reference, precision);
  try {
    return difference(test, wanted, runOnce(target, precision), Object.is);
  } catch (error) {
    return `${test} fails: ${(error as Error).message}`;
  }
}

/**
 * The part of a number by which a shader may miss the reference in float32. What WGSL leaves to the GPU, such as the last two
 * places of a quotient, comes to 1e-6 here; what is wrong misses by far more.
 */
const NEAR = 1e-4;

/** What is wrong with a target in float32 that should be near the reference; null where nothing is. */
export async function nearlyRight(target: Target): Promise<string | null> {
  const test = 'its self-test in float32';
  const near = (wanted: number, got: number) => Math.abs(got - wanted) <= NEAR * Math.abs(wanted);
  let executable: Executable | null = null;
  try {
    executable = target.compile(SELF_TEST, { threads: 1, precision: 'float32' });
    const got = await withTurns(executable.resumable(SELF_TEST_INPUTS));
    return difference(test, runOnce(reference, 'float32'), got, near);
  } catch (error) {
    return `${test} fails: ${(error as Error).message}`;
  } finally {
    executable?.dispose();
  }
}

/** The first number that is not as wanted. */
function difference(
  test: string,
  wanted: Outputs,
  got: Outputs,
  isRight: (wanted: number, got: number) => boolean,
): string | null {
  for (const [name, values] of Object.entries(wanted)) {
    const at = values.findIndex((v, i) => !isRight(v, got[name][i]));
    if (at >= 0) return `${test} gives ${got[name][at]} for ${values[at]} (${name}, lane ${at})`;
  }
  return null;
}

function runOnce(target: SynchronousTarget, precision: Precision): Outputs {
  const executable = target.compile(SELF_TEST, { threads: 1, precision });
  try {
    return executable.run(SELF_TEST_INPUTS);
  } finally {
    executable.dispose();
  }
}
