/**
 * Outputs that stay in the cuda device's memory for other kernels there, against a stand-in for the driver (driver-stub.c):
 * what crosses the bus, slices, want of memory, whose they are, and every way to fail.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { buffer, emit, input, load, type Precision, scan, trace } from '../../src/graph/index.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { CudaExecutable, CudaTarget } from '../../src/targets/cuda/index.js';
import { onHost } from '../../src/targets/device-arrays.js';
import { reference } from '../../src/targets/reference/index.js';
import { toEnd } from '../../src/targets/resumable.js';
import type { DeviceArray, Inputs, Outputs, Resident, Target } from '../../src/targets/target.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { flows, objectives, pools, rawSets, rules, specOf, walk } from '../rollout/setup.js';
import { expectSameBits } from './agreement.js';
import { SERIES } from './cuda-programs.js';
import {
  counted,
  expectNothingLeft,
  FREES,
  firstFailure,
  leftAfter,
  missing,
  NOTHING_ALIVE,
  Stub,
  type StubOptions,
} from './driver-stub.js';

if (missing !== null) console.warn(`arrays on the cuda device are not tested: ${missing}`);

/** y by step, [N][2][W][S], and a sum, which is small. */
const giver = trace('giver', () => {
  const n = input('N');
  const a = load(buffer('set', 'a', 1), 0);
  const p = buffer('series', 'p', 2);
  const y = buffer('output', 'y', 2, { rows: n });
  const sum = scan({
    length: n,
    init: a,
    body: (s, t) => {
      emit(y, 0, s.mul(load(p, 0, t)), t);
      emit(y, 1, s.add(load(p, 1, t, input('first', 'window'))), t);
      return s.mul(0.5).add(a);
    },
  });
  emit(buffer('output', 'sum', 1), 0, sum);
});

/** Takes y as it was given, and as rows of sets. */
const taker = trace('taker', () => {
  const n = input('N');
  const b = buffer('lane', 'b', 2);
  const c = buffer('set', 'c', 1);
  const z = buffer('output', 'z', 1, { rows: n });
  const last = scan({
    length: n,
    init: load(c, 0),
    body: (s, t) => {
      const next = s
        .mul(0.25)
        .add(load(b, 0, t).mul(load(c, 0, t)))
        .sub(load(b, 1, t));
      emit(z, 0, next, t);
      return next;
    },
  });
  emit(buffer('output', 'last', 1), 0, last);
});

const N = 7;
const given = (sets: number, windows: number): Inputs => ({
  sets,
  windows,
  run: { N },
  window: { first: Int32Array.from({ length: windows }, (_, w) => (3 * w) % 11) },
  buffers: { a: Float64Array.from({ length: sets }, (_, s) => Math.cos(s)), p: SERIES },
});
const taken = (sets: number, windows: number, y: Resident): Inputs<Resident> => ({
  sets,
  windows,
  run: { N },
  window: {},
  buffers: { b: y, c: y },
});

/** What both programs give, with y on the way from one to the other. */
function wantedOf(sets: number, windows: number, precision?: Precision): Outputs {
  const [first, second] = [giver, taker].map((program) => reference.compile(program, { precision }));
  const { y, sum } = first.run(given(sets, windows));
  return { y, sum, ...second.run(taken(sets, windows, y) as Inputs) };
}

interface Chain {
  readonly precision?: Precision;
  /** Launches of each run that fail for want of memory. */
  readonly failures?: number;
}

const isOnDevice = (array: Resident): array is DeviceArray => !(array instanceof Float64Array);

describe.skipIf(missing !== null)('with the stub driver', () => {
  let stub: Stub;
  const start = (options?: StubOptions) => {
    stub = new Stub(options);
    return stub;
  };
  afterEach(() => {
    expectNothingLeft(stub);
  });

  const pair = (target: CudaTarget, precision?: Precision) =>
    [giver, taker].map((program) => target.compile(program, { precision })) as [CudaExecutable, CudaExecutable];
  const keeping = (executable: CudaExecutable, names: readonly string[], inputs: Inputs<Resident>) =>
    toEnd(executable.keeping(names, inputs));

  const read = (array: Resident) => toEnd(onHost(array));

  /** What runs want for memory until they are cut; half of the failures only free what nobody needs. */
  const lackMemory = (failures: number) => stub.fail('cuLaunchKernel', 2, { times: failures });

  /** y from one to the other, z kept as well; gives all on the host, and what stayed. */
  function chain(target: CudaTarget, sets: number, windows: number, { precision, failures = 0 }: Chain = {}) {
    const [first, second] = pair(target, precision);
    lackMemory(failures);
    const { y, sum } = keeping(first, ['y'], given(sets, windows));
    lackMemory(failures);
    const { z, last } = keeping(second, ['z', 'nothing of that name'], taken(sets, windows, y));
    const crossed = [first, second].map((e) => e.report().map(({ bytesIn, bytesOut }) => ({ bytesIn, bytesOut })));
    const outputs = { y: read(y), sum: read(sum), z: read(z), last: read(last) };
    const stayed = [y, z].filter(isOnDevice);
    for (const array of stayed) array.dispose();
    first.dispose();
    second.dispose();
    return { outputs, stayed: stayed.length, crossed };
  }

  describe('an array on the device', () => {
    it('goes from one kernel to the next without crossing the bus', () => {
      const { outputs, stayed, crossed } = chain(start().target(), 5, 3);
      expectSameBits(outputs, wantedOf(5, 3));
      expect(stayed).toBe(2);
      // of the first: series, starts, a; the sum, and where lanes stood after each of three launches. Of the second
      // nothing is left but that
      const stands = 3 * (3 * 8 * 15);
      expect(crossed[0]).toEqual([{ bytesIn: SERIES.byteLength + 12 + 40, bytesOut: 120 + stands }]);
      expect(crossed[1]).toEqual([{ bytesIn: 0, bytesOut: 120 + stands }]);
      // one kernel writes where the other reads
      expect(stub.calls().filter((c) => c.startsWith('cuMemcpyDtoDAsync'))).toEqual([]);
    });

    it('is narrow in float32', () => {
      const { outputs, stayed, crossed } = chain(start().target(), 5, 3, { precision: 'float32' });
      expectSameBits(outputs, wantedOf(5, 3, 'float32'));
      expect(stayed).toBe(2);
      expect(crossed[1][0].bytesIn).toBe(0);
    });

    it.each([
      [300, 1],
      [3, 100],
      [40, 9],
      [9, 40],
    ])('is cut on the device where %i sets × %i windows are', (sets, windows) => {
      const { outputs, stayed, crossed } = chain(start().target(), sets, windows, { failures: 9 });
      expectSameBits(outputs, wantedOf(sets, windows));
      expect(stayed).toBe(2);
      expect(crossed[1][0].bytesIn).toBe(0);
      const shapes = new Set(stub.launches.map((l) => `${l.sets} ${l.windows}`));
      expect(shapes.size).toBeGreaterThan(2);
      expect(stub.calls().some((c) => c.startsWith('cuMemcpyDtoDAsync'))).toBe(true);
    });

    it('outlives the executable, and is read at any time', () => {
      const [first, second] = pair(start().target());
      const { y } = keeping(first, ['y'], given(4, 2));
      first.dispose();
      second.dispose();
      expect(stub.alive()).toMatchObject({ modules: 0, contexts: 1 });
      expectSameBits({ y: read(y) }, { y: wantedOf(4, 2).y });
      expect(y.length).toBe(N * 2 * 8);
      const array = y as DeviceArray;
      array.dispose();
      array.dispose();
      expect(stub.alive()).toEqual(NOTHING_ALIVE);
      expect(() => read(array)).toThrow('was asked for after it was disposed');
    });

    it('leaves its memory to those that follow', () => {
      const target = start().target();
      const [first, second] = pair(target);
      const round = () => {
        const { y } = keeping(first, ['y'], given(40, 2));
        const { z } = keeping(second, ['z'], taken(40, 2, y));
        for (const array of [y, z]) (array as DeviceArray).dispose();
      };
      round();
      stub.calls();
      round();
      expect(stub.calls().filter((c) => c.startsWith('cuMemAlloc'))).toEqual([]);
      first.dispose();
      second.dispose();
    });

    it('is of use on its own device, in its own precision, as long as it is there', () => {
      start({ devices: 2 });
      const [first, second] = pair(stub.target('cuda:1'));
      const y = keeping(first, ['y'], given(4, 2)).y as DeviceArray;
      const inputs = taken(4, 2, y);
      const refused = (executable: CudaExecutable, asked: Inputs<Resident>, message: string) => {
        expect(() => keeping(executable, [], asked)).toThrow(TypeError);
        expect(() => keeping(executable, [], asked)).toThrow(message);
      };
      const others = [pair(stub.target('cuda:0')), pair(stub.target('cuda:all'))];
      refused(others[0][1], inputs, 'was expected on cuda:0, got an array on another device');
      refused(others[1][1], inputs, 'was expected on cuda:0 and cuda:1, got an array on another device');
      others.push(pair(stub.target('cuda:1'), 'float32'));
      refused(others[2][1], inputs, 'was expected in f32, got an array in f64');
      refused(
        first,
        { ...given(4, 2), buffers: { a: Float64Array.of(1, 2, 3, 4), p: y } },
        'p was expected in the host',
      );
      refused(second, { ...inputs, sets: 5 }, 'was expected in rows of 5 values, got 112 values');
      const foreign = { length: y.length } as DeviceArray;
      refused(second, taken(4, 2, foreign), 'was expected as a Float64Array or as an array on the device, got neither');
      for (const target of [reference, wasm]) {
        const executable = target.compile(taker);
        expect(() => executable.run(inputs as Inputs)).toThrow(
          "was expected in the host's memory, got what lies on a device; read() it",
        );
        executable.dispose();
      }
      y.dispose();
      refused(second, inputs, 'was expected to be there, got an array that was disposed');
      for (const executable of [first, second, ...others.flat()]) executable.dispose();
    });
  });

  describe('an output comes to the host all the same', () => {
    // one lane leaves a device without work
    it.each([
      [6, 2],
      [1, 1],
    ])('from several devices, of %i sets × %i windows', (sets, windows) => {
      const { outputs, stayed } = chain(start({ devices: 2 }).target('cuda:all'), sets, windows);
      expectSameBits(outputs, wantedOf(sets, windows));
      expect(stayed).toBe(0);
    });

    it('where it would take more than half of the memory that is left', () => {
      const { outputs, stayed } = chain(start({ memory: 1500 + 1.8 * 14 * 8 * 300 }).target(), 300, 1);
      expectSameBits(outputs, wantedOf(300, 1));
      expect(stayed).toBe(1); // z is half as large as y
    });

    it('where the driver has less than it seemed', () => {
      start().fail('cuMemAlloc_v2', 2, { skip: 1 }); // the series finds room
      const { outputs, stayed } = chain(stub.target(), 30, 1);
      expectSameBits(outputs, wantedOf(30, 1));
      expect(stayed).toBe(1);
    });

    it('without a lane', () => {
      const [first, second] = pair(start().target());
      const { y } = keeping(first, ['y'], given(3, 0));
      expect(y).toEqual(new Float64Array(0));
      first.dispose();
      second.dispose();
    });

    it('where another run would lack room for a single lane: it moves, and is what it was', () => {
      const [first, second] = pair(start().target());
      const { y } = keeping(first, ['y'], given(2, 1));
      stub.fail('cuLaunchKernel', 2, { times: 4 }); // both lanes, each of them, the first with free blocks gone
      const { z } = keeping(second, [], taken(2, 1, y));
      const wanted = wantedOf(2, 1);
      expectSameBits({ y: read(y), z: read(z) }, { y: wanted.y, z: wanted.z });
      expect(second.report()[0].bytesOut).toBeGreaterThan(8 * y.length);
      expect(isOnDevice(y)).toBe(true);
      // it serves as before, now from the host
      const { z: again } = keeping(second, [], taken(2, 1, y));
      expectSameBits({ z: read(again) }, { z: wanted.z });
      expect(second.report()[0].bytesIn).toBe(2 * 8 * y.length);
      (y as DeviceArray).dispose();
      first.dispose();
      second.dispose();
    });

    it('but not while a launch uses it where it lies', () => {
      const [first, second] = pair(start().target());
      const other = stub.target().compile(taker);
      const { y } = keeping(first, ['y'], given(2, 1));
      const under = second.keeping(['z'], taken(2, 1, y));
      under.next(); // its first launch
      stub.fail('cuMemAlloc_v2', 2, { times: 9 });
      const host = wantedOf(2, 1).y;
      expect(() => keeping(other, [], taken(2, 1, host))).toThrow(UserError);
      stub.fail('cuMemAlloc_v2', 2, { times: 0 });
      const { z } = toEnd(under);
      expectSameBits({ z: read(z) }, { z: wantedOf(2, 1).z });
      for (const array of [y, z]) if (isOnDevice(array)) array.dispose();
      for (const executable of [first, second, other]) executable.dispose();
    });
  });

  describe('nothing is left behind', () => {
    /** Opens, lets y go from one to the other, closes; whatever fails, the rest is done. */
    const attempt = (failures: number): unknown =>
      firstFailure((noted) =>
        noted(() => {
          const first = stub.target().compile(giver);
          noted(() => {
            const second = stub.target().compile(taker);
            const held: Resident[] = [];
            noted(() => {
              lackMemory(failures);
              held.push(keeping(first, ['y'], given(40, 2)).y);
              lackMemory(failures);
              held.push(keeping(second, ['z'], taken(40, 2, held[0])).z);
            });
            for (const array of held.filter(isOnDevice)) noted(() => array.dispose());
            noted(() => second.dispose());
          });
          noted(() => first.dispose());
        }),
      );

    it.each([0, 3])('by a call that fails, where %i launches lack memory', (failures) => {
      start();
      expect(attempt(failures)).toBe(null);
      const all = counted(stub.calls());
      const calls = all.filter(({ name, skip }) => skip === 0 || /^cuMem|Launch|Synchronize/.test(name));
      expect(all.some(({ name }) => name === 'cuMemcpyDtoDAsync_v2')).toBe(failures > 0);
      for (const { name, skip } of calls) {
        for (const status of FREES.test(name) ? [999] : [999, 2]) {
          start().fail(name, status, { skip });
          const failure = attempt(failures);
          const where = `${name}, call ${skip + 1}, status ${status}`;
          // what fails while a slice is given up for want of memory is not told
          const isUnsaid = status === 2 || (failures > 0 && /SetCurrent|Synchronize/.test(name));
          if (failure !== null || !isUnsaid) expect(failure, where).toBeInstanceOf(UserError);
          if (failure !== null && status === 999) expect(String(failure), where).toMatch(`cuda: ${name}: status 999`);
          expect(leftAfter(name, stub), where).toBe(FREES.test(name) ? 1 : 0);
          expect(stub.failure, where).toBe(null);
        }
      }
      start(); // for what is looked at after each test
    });

    it('by a run that its caller leaves', () => {
      const [first, second] = pair(start().target());
      const long = { ...given(3, 1), run: { N: 30 } };
      const parts = first.keeping(['y'], long);
      parts.next();
      expect(stub.alive().blocks).toBe(3);
      parts.return({});
      first.dispose();
      second.dispose();
    });
  });

  describe('a training step with a rule', () => {
    const data = walk(2, 3000, 0.002);
    const settings = { chunkPeriod: 10, weightInterpolationPeriod: 10 };
    const part = { pool: pools.tfmm, rule: rules.momentum, flow: flows.elastic, objective: objectives.returns };
    const spec = specOf(data, part, settings);
    const [sets, rows] = [33, 501];
    const windows = Int32Array.of(1000, 1407, 2003);
    const raw = rawSets(spec, { 'tfmm.fee': 0.003, 'momentum.memoryDays': 0.2, 'momentum.k': 20 }, sets);

    function step(target: Target, precision: Precision) {
      const executables: CudaExecutable[] = [];
      const watched: Target = {
        ...target,
        compile(program, options) {
          const executable = target.compile(program, options);
          executables.push(executable as CudaExecutable);
          return executable;
        },
      };
      const rollout = createPoolRollout(spec, data, watched, { precision });
      const answers = () => {
        const { objective, byWindow, gradient } = rollout.gradient(raw, windows, rows);
        return { objective, byWindow, gradient, forward: rollout.value(raw, windows, rows).objective };
      };
      const first = answers();
      const second = answers();
      expectSameBits(second, first);
      const crossed = executables.map((e) => e.report?.()[0]).filter((r) => r !== undefined);
      const columns = rollout.layout.columns;
      rollout.dispose();
      return { answers: first, crossed, columns };
    }

    it.each([
      'float64',
      'float32',
    ] as const)('moves parameters, scores and their gradients over the bus, in %s', (precision) => {
      const { answers, crossed, columns } = step(start({ memory: 2 ** 27 }).target(), precision);
      expectSameBits(answers, step(reference, precision).answers);
      const size = precision === 'float64' ? 8 : 4;
      const lanes = sets * windows.length;
      const parameters = size * columns * sets;
      const starts = 2 * 4 * windows.length;
      // legs of ten minutes: what the last window reads ends before row 200 + 50 − 1
      const steps = Math.floor(windows[2] / 10) + Math.ceil((rows - 1) / 10) - 1;
      const readers = size * (windows.length + 2 * steps);
      const stands = (count: number, launches: number) => launches * 3 * 8 * count;
      const [rule, pool, gather, ruleGradient, score] = crossed;
      expect(crossed.length).toBe(5);
      expect(rule).toMatchObject({ bytesIn: parameters, bytesOut: stands(sets, rule.launches) });
      expect(pool.bytesIn).toBe(parameters + starts);
      expect(pool.bytesOut).toBe(size * (1 + columns) * lanes + stands(lanes, pool.launches));
      expect(gather).toMatchObject({ bytesIn: size * lanes + readers, bytesOut: stands(sets, gather.launches) });
      expect(ruleGradient.bytesIn).toBe(parameters);
      expect(ruleGradient.bytesOut).toBe(parameters + stands(sets, ruleGradient.launches));
      expect(score).toMatchObject({ bytesIn: parameters + starts });
    });

    it('has the same bits where it is cut, and on several devices', () => {
      const wanted = step(reference, 'float64').answers;
      expectSameBits(step(start({ devices: 2, memory: 2 ** 27 }).target('cuda:all'), 'float64').answers, wanted);
      const { answers } = step(start({ memory: 900_000 }).target(), 'float64');
      expectSameBits(answers, wanted);
      expect(stub.launches.length).toBeGreaterThan(10);
    });

    it('holds nothing after any launch that fails, and wherever its caller leaves', () => {
      const few = raw.filter((_x, i) => i % sets < 2);
      const rollout = createPoolRollout(spec, data, start({ memory: 2 ** 27 }).target());
      const gradient = () => rollout.gradient(few, windows, rows).gradient;
      // kernels learn how many steps a launch may take: afterwards their launches are as many each time
      for (let run = 0; run < 6; run++) gradient();
      stub.calls();
      const wanted = gradient();
      const launches = stub.calls().filter((c) => c.startsWith('cuLaunchKernel')).length;
      expect(launches).toBeGreaterThan(4);
      for (let k = 0; k < launches; k++) {
        stub.fail('cuLaunchKernel', 999, { skip: k });
        expect(gradient, `launch ${k + 1}`).toThrow('cuLaunchKernel: status 999');
        const parts = rollout.resumable.gradient(few, windows, rows);
        for (let part = 0; part < k; part++) parts.next();
        parts.return(undefined as never);
      }
      expect(gradient()).toEqual(wanted);
      // an array that nobody disposed of would hold the device beyond this
      rollout.dispose();
      expect(stub.alive()).toEqual(NOTHING_ALIVE);
    });
  });
});
