/** Runs in parts: shares, the bits of whole runs, leaving early, and what must not happen meanwhile. */
import { afterEach, describe, expect, it } from 'vitest';
import { buffer, emit, input, load, scan, trace } from '../../src/graph/index.js';
import { createNativeTarget } from '../../src/targets/native/index.js';
import { atOnce, atShare, type Resumable, toEnd, withTurns } from '../../src/targets/resumable.js';
import type { Inputs } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectSameBits } from './agreement.js';
import { inputsOf, mix } from './cuda-programs.js';
import { expectNothingLeft, missing, Stub } from './driver-stub.js';
import { missing as noCompiler, ownCache } from './native-setup.js';

function* counted(log: string[]): Resumable<number> {
  try {
    for (let i = 1; i <= 4; i++) yield i / 4;
    return 42;
  } finally {
    log.push('left');
  }
}

describe('parts', () => {
  it('all at once, or with a turn of the event loop behind each', async () => {
    expect(toEnd(counted([]))).toBe(42);
    const shares: number[] = [];
    expect(await withTurns(counted([]), { onShare: (share) => shares.push(share) })).toBe(42);
    expect(shares).toEqual([0.25, 0.5, 0.75, 1]);
    expect(
      await withTurns(
        atOnce(() => 7),
        {},
      ),
    ).toBe(7);
  });

  it('are left once the signal is aborted', async () => {
    const log: string[] = [];
    const abort = new AbortController();
    const onShare = (share: number) => share === 0.5 && abort.abort();
    expect(await withTurns(counted(log), { signal: abort.signal, onShare })).toBe(null);
    expect(log).toEqual(['left']);
  });

  it('of which the share stands still are left too', () => {
    const log: string[] = [];
    const parts = atShare(0, counted(log));
    expect([parts.next().value, parts.next().value]).toEqual([0, 0]);
    parts.return(0);
    expect(log).toEqual(['left']);
    expect(toEnd(atShare(1, counted(log)))).toBe(42);
  });
});

/** Of a target that answers at once. */
function shareOf(part: number | PromiseLike<unknown>): number {
  if (typeof part !== 'number') throw new TypeError('a share was expected, got a promise');
  return part;
}

/** Some tenths of a second on one thread. */
const long = trace('long', () => {
  const a = load(buffer('set', 'a', 1), 0);
  emit(
    buffer('output', 'z', 1),
    0,
    scan({ length: input('steps'), init: a, body: (s) => s.mul(0.5).exp().mul(0.5).add(a) }),
  );
});
const inputsOfSteps = (windows: number, steps: number): Inputs => ({
  sets: 96,
  windows,
  run: { steps },
  window: {},
  buffers: { a: Float64Array.from({ length: 96 }, (_v, i) => 0.001 * i) },
});

const CPU_TARGETS = [
  { name: 'wasm', target: wasm, windows: 1, steps: 1_000_000, isHere: true },
  { name: 'native', target: createNativeTarget('now'), windows: 4, steps: 2_500_000, isHere: noCompiler === null },
];

describe.each(
  CPU_TARGETS.filter(({ isHere }) => isHere).flatMap((t) => [1, 3].map((threads) => ({ ...t, threads }))),
)('$name with $threads threads', ({ name, target, windows, steps, threads }) => {
  ownCache();
  const longInputs = inputsOfSteps(windows, steps);

  it('tells of shares that grow, and has the bits of a whole run', () => {
    const executable = target.compile(long, { threads });
    const parts = executable.resumable(longInputs);
    const shares: number[] = [];
    let next = parts.next();
    expect(() => executable.run(longInputs)).toThrow(
      `long: ${name}: a run in parts has to end before the next one starts`,
    );
    for (; next.done !== true; next = parts.next()) shares.push(shareOf(next.value));
    expect(shares.length).toBeGreaterThan(0);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.every((share) => share > 0 && share <= 1)).toBe(true);
    expectSameBits(next.value, executable.run(longInputs));
    executable.dispose();
  });

  it('can be left, and run again', () => {
    const executable = target.compile(long, { threads });
    const wanted = executable.run(longInputs);
    const parts = executable.resumable(longInputs);
    expect(parts.next().done).toBe(false);
    parts.return(wanted);
    expectSameBits(executable.run(longInputs), wanted);
    executable.dispose();
  });
});

describe.skipIf(missing !== null)('cuda, with the stub driver', () => {
  let stub: Stub;
  afterEach(() => expectNothingLeft(stub));
  const inputs: Inputs = { ...inputsOf(5, 3, 1, 38), window: { first: Int32Array.of(0, 1, 2) } };

  it('tells of a share a launch, and has the bits of a whole run', () => {
    stub = new Stub();
    const executable = stub.target().compile(mix);
    const parts = executable.resumable(inputs);
    const shares: number[] = [];
    let next = parts.next();
    expect(() => executable.run(inputs)).toThrow('mix: cuda: a run in parts has to end before the next one starts');
    for (; next.done !== true; next = parts.next()) shares.push(shareOf(next.value));
    // launches of 1, 4, 16 and 64 of 38 steps
    expect(shares.map((share) => Math.round(38 * share))).toEqual([1, 5, 21, 38]);
    expectSameBits(next.value, executable.run(inputs));
    executable.dispose();
  });

  it('can be left with a launch in flight, and run again', () => {
    stub = new Stub();
    const executable = stub.target().compile(mix);
    const wanted = executable.run(inputs);
    const parts = executable.resumable(inputs);
    parts.next();
    parts.return(wanted);
    expectSameBits(executable.run(inputs), wanted);
    executable.dispose();
  });

  it('counts what slices and devices did', () => {
    stub = new Stub({ devices: 2, memory: 6000 });
    const executable = stub.target('cuda:all').compile(mix);
    const shares = [];
    const parts = executable.resumable(inputsOf(40, 3));
    for (let next = parts.next(); next.done !== true; next = parts.next()) shares.push(shareOf(next.value));
    expect(stub.launches.length).toBeGreaterThan(3);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares[0]).toBeLessThan(0.5);
    expect(shares[shares.length - 1]).toBe(1);
    executable.dispose();
  });
});
