/**
 * The cuda target's device runtime against a stand-in for the driver (driver-stub.c): calls and their order, memory,
 * caches, slices, several devices. Launches execute the kernels' PTX, so results are checked too.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { machineOf } from '../../bench/floor.js';
import { openTarget, targetNamed } from '../../src/config/device.js';
import { buffer, emit, load, trace } from '../../src/graph/index.js';
import { createPoolRollout } from '../../src/pools/rollout.js';
import type { Arrays } from '../../src/targets/cuda/array.js';
import type { EntryPoint } from '../../src/targets/cuda/entries.js';
import { createCudaTarget, examineDevices } from '../../src/targets/cuda/index.js';
import type { Instance } from '../../src/targets/cuda/instance.js';
import { Work } from '../../src/targets/cuda/work.js';
import { reference } from '../../src/targets/reference/index.js';
import { lanesOf, type Slice, wholeOf } from '../../src/targets/slices.js';
import { answers, CASES, type Case } from '../ptx/cases.js';
import { pools, specOf, walk } from '../rollout/setup.js';
import { agree, expectSameBits } from './agreement.js';
import { gradient, inputsOf, mix, SERIES } from './cuda-programs.js';
import { expectNothingLeft, missing, NOTHING_ALIVE, Stub, type StubOptions } from './driver-stub.js';

/** Bytes that 15 lanes keep of where they stand; with the steps that they have taken and are to take. */
const PLACES = 8 * 15;
const STANDS = 3 * PLACES;

const lanes = (launches: readonly { sets: number; windows: number }[]) =>
  launches.reduce((sum, l) => sum + l.sets * l.windows, 0);

if (missing !== null) console.warn(`the cuda runtime is not tested: ${missing}`);

describe.skipIf(missing !== null)('with the stub driver', () => {
  let stub: Stub;
  const start = (options?: StubOptions) => {
    stub = new Stub(options);
    return stub;
  };
  afterEach(() => {
    expectNothingLeft(stub);
  });

  it('tells what floors of time are computed from', () => {
    start({ devices: 2 });
    const devices = examineDevices('cuda:all');
    // 3.2 GHz, two transfers a clock, 6144 bits
    expect(devices[1]).toMatchObject({ multiprocessors: 4, clock: 1.98e9, bandwidth: 2 * 3.2e9 * (6144 / 8) });
    expect(machineOf(devices)).toMatchObject({ capability: 90, multiprocessors: 8, clock: 1.98e9 });
  });

  describe('a run', () => {
    it('makes these calls, in this order', () => {
      start().target().compile(mix).dispose();
      stub.calls();
      const executable = stub.target().compile(mix);
      const examined = ['cuDeviceGetAttribute', 'cuDeviceGetName', 'cuDeviceTotalMem_v2', 'cuDeviceGet '];
      const opening = stub.calls().filter((c) => !examined.some((name) => c.startsWith(name)));
      expect(opening).toEqual([
        'cuDeviceGetCount',
        'cuDevicePrimaryCtxRetain 0',
        'cuCtxSetCurrent 0',
        'cuStreamCreate 1',
        'cuEventCreate 0',
        'cuEventCreate 0',
        'cuCtxSetCurrent 0',
        'cuModuleLoadDataEx',
        'cuModuleGetFunction rollout',
        'cuFuncGetAttribute 4',
        'cuFuncGetAttribute 3',
        'cuFuncGetAttribute 0',
      ]);
      executable.run(inputsOf(5, 3));
      const setCurrent = 'cuCtxSetCurrent 0';
      const launched = [
        'cuEventRecord',
        'cuLaunchKernel 1 1 1 32 1 1 0',
        'cuEventRecord',
        `cuMemcpyDtoHAsync_v2 ${STANDS}`,
        'cuStreamSynchronize',
        'cuEventElapsedTime',
      ];
      expect(stub.calls().filter((c) => c !== setCurrent)).toEqual([
        `cuMemAlloc_v2 ${3 * 256}`,
        `cuMemcpyHtoDAsync_v2 ${SERIES.byteLength}`,
        'cuMemGetInfo_v2',
        // first 12 → 256, a 160 → 256, b 720 → 768, y 11·2·15·8 = 2640 → 2816, z 120 → 256; a lane keeps 4 values
        `cuMemAlloc_v2 ${256 + 256 + 768 + 2816 + 256 + 512}`,
        'cuMemcpyHtoDAsync_v2 12',
        'cuMemcpyHtoDAsync_v2 160',
        'cuMemcpyHtoDAsync_v2 720',
        `cuMemsetD8Async 0 ${2816 + 256 + PLACES}`,
        // of 1, 4 and 16 of 11 steps
        ...launched,
        ...launched,
        ...launched,
        'cuMemcpyDtoHAsync_v2 2640',
        'cuMemcpyDtoHAsync_v2 120',
        'cuStreamSynchronize',
      ]);
      executable.dispose();
      expect(stub.calls().filter((c) => c !== setCurrent)).toEqual([
        'cuModuleUnload',
        'cuMemFree_v2',
        'cuMemFree_v2',
        'cuEventDestroy_v2',
        'cuEventDestroy_v2',
        'cuStreamDestroy_v2',
        'cuDevicePrimaryCtxRelease_v2 0',
      ]);
    });

    // 4 multiprocessors: blocks of 128 from 512 lanes on
    it.each([
      [1, 1, 1, 32],
      [33, 1, 2, 32],
      [73, 7, 16, 32],
      [64, 8, 4, 128],
      [103, 5, 5, 128],
    ])('of %i sets × %i windows launches %i blocks of %i threads', (sets, windows, blocks, threads) => {
      agree(start().target(), mix, inputsOf(sets, windows, 1, 3), [1]);
      const launches = stub.calls().filter((c) => c.startsWith('cuLaunchKernel'));
      expect(new Set(launches)).toEqual(new Set([`cuLaunchKernel ${blocks} 1 1 ${threads} 1 1 0`]));
    });

    it('launches blocks of as many threads as a measurement asks for', () => {
      agree(start().target('cuda', { block: 64 }), mix, inputsOf(64, 8, 1, 3), [1]);
      const launches = stub.calls().filter((c) => c.startsWith('cuLaunchKernel'));
      expect(new Set(launches)).toEqual(new Set(['cuLaunchKernel 8 1 1 64 1 1 0']));
    });

    it.each([mix, gradient])('gives the bits of the reference', (program) => {
      const target = start().target();
      for (const [sets, windows] of [
        [1, 1],
        [5, 3],
        [3, 7],
        [40, 2],
      ]) {
        agree(target, program, inputsOf(sets, windows), [1]);
      }
    });

    it.each([mix, gradient])('gives the bits of the reference in float32 too', (program) => {
      const target = start().target();
      for (const [sets, windows] of [
        [5, 3],
        [3, 7],
      ]) {
        agree(target, program, inputsOf(sets, windows), [1], 'float32');
      }
    });

    it('takes half the memory in float32, and half of what crosses the bus', () => {
      start();
      const executable = stub.target().compile(mix, { precision: 'float32' });
      executable.run(inputsOf(5, 3));
      stub.calls();
      executable.run(inputsOf(5, 3));
      expect(stub.calls().filter((c) => /Memcpy|Memset/.test(c))).toEqual([
        'cuMemcpyHtoDAsync_v2 12', // integers of the windows as ever
        'cuMemcpyHtoDAsync_v2 80',
        'cuMemcpyHtoDAsync_v2 360',
        `cuMemsetD8Async 0 ${1536 + 256 + PLACES}`,
        `cuMemcpyDtoHAsync_v2 ${STANDS}`,
        'cuMemcpyDtoHAsync_v2 1320',
        'cuMemcpyDtoHAsync_v2 60',
      ]);
      executable.dispose();
    });

    it('takes launches of so many steps as fit into their time', () => {
      const executable = start().target().compile(mix);
      const run = (N: number) => {
        const inputs = { ...inputsOf(5, 3, 1, N), window: { first: Int32Array.of(0, 1, 2) } };
        expectSameBits(executable.run(inputs), reference.compile(mix).run(inputs));
        return stub.launches.splice(0).flatMap((l) => l.steps);
      };
      // launches take 1.5 of the 200 ms that they may take: each finds four times as many steps as the last one there
      expect(run(38)).toEqual([1, 4, 16, 64]);
      expect(run(38)).toEqual([256]);
      expect(run(5)).toEqual([1024]);
      expect(executable.report()[0]).toMatchObject({ launches: 1, kernels: 1.5 });
      run(38);
      executable.dispose();
      agree(stub.target(), gradient, inputsOf(5, 3), [1]);
      expect(stub.launches.flatMap((l) => l.steps).length).toBeGreaterThan(2);
    });

    it('of no lane is empty', () => {
      const twice = trace('twice', () => {
        emit(buffer('output', 'y', 1), 0, load(buffer('set', 'a', 1), 0).mul(2));
      });
      const inputs = { sets: 3, windows: 0, run: {}, window: {}, buffers: { a: Float64Array.of(1, 2, 3) } };
      expect(agree(start().target(), twice, inputs, [1]).y.length).toBe(0);
      expect(stub.launches).toEqual([]);
    });

    it('tells what it cost', () => {
      start();
      const executable = stub.target().compile(mix);
      executable.run(inputsOf(5, 3));
      const [first] = executable.report();
      const bytesOut = 3 * STANDS + 2640 + 120;
      expect(first).toMatchObject({ registers: 40, localBytes: 24, launches: 3, kernels: 4.5, bytesOut });
      expect(first.device).toMatch(/^cuda:0 \(Stub 0, .*compute capability 9\.0, float64 at 1\/2 of float32\)$/);
      expect(first.bytesIn).toBe(SERIES.byteLength + 12 + 160 + 720);
      executable.run(inputsOf(5, 3));
      expect(executable.report()[0].bytesIn).toBe(12 + 160 + 720);
      executable.dispose();
    });
  });

  describe('what is kept', () => {
    const count = (name: EntryPoint, calls: readonly string[]) => calls.filter((c) => c.startsWith(name)).length;

    it('a module serves all executables of the same program, and goes with the last', () => {
      const target = start().target();
      const [first, second] = [target.compile(mix), target.compile(mix)];
      expect(count('cuModuleLoadDataEx', stub.calls())).toBe(1);
      first.dispose();
      expect(count('cuModuleUnload', stub.calls())).toBe(0);
      expectSameBits(second.run(inputsOf(4, 2)), reference.compile(mix).run(inputsOf(4, 2)));
      second.dispose();
      expect(count('cuModuleUnload', stub.calls())).toBe(1);
    });

    it('a series is copied once for all executables, another array anew; sets at every run', () => {
      const target = start().target();
      const [first, second] = [target.compile(mix), target.compile(gradient)];
      const copies = () => stub.calls().filter((c) => c === `cuMemcpyHtoDAsync_v2 ${SERIES.byteLength}`).length;
      first.run(inputsOf(5, 1));
      second.run(inputsOf(5, 1));
      expect(copies()).toBe(1);
      const changed = inputsOf(5, 1, 3);
      expectSameBits(first.run(changed), reference.compile(mix).run(changed));
      expect(copies()).toBe(0);
      const other = { ...changed, buffers: { ...changed.buffers, p: SERIES.map((x) => -x) } };
      expectSameBits(first.run(other), reference.compile(mix).run(other));
      expect(copies()).toBe(1);
      expectSameBits(second.run(changed), reference.compile(gradient).run(changed));
      expect(copies()).toBe(0);
      first.dispose();
      second.dispose();
    });

    it('a series is copied once for each precision', () => {
      const target = start().target();
      const executables = (['float32', 'float64', 'float32'] as const).map((precision) =>
        target.compile(mix, { precision }),
      );
      stub.calls();
      for (const executable of executables) executable.run(inputsOf(5, 1));
      const copies = stub.calls().filter((c) => c.startsWith('cuMemcpyHtoDAsync_v2'));
      const sizes = copies.map((c) => Number(c.split(' ')[1])).filter((bytes) => bytes >= SERIES.byteLength / 2);
      expect(sizes).toEqual([SERIES.byteLength / 2, SERIES.byteLength]);
      for (const executable of executables) executable.dispose();
    });

    it('blocks go from run to run', () => {
      const executable = start().target().compile(gradient);
      executable.run(inputsOf(50, 2));
      expect(count('cuMemAlloc_v2', stub.calls())).toBe(2);
      for (const sets of [50, 40, 50]) executable.run(inputsOf(sets, 2));
      expect(count('cuMemAlloc_v2', stub.calls())).toBe(0);
      executable.run(inputsOf(2, 1)); // would use next to nothing of the block that is free
      expect(count('cuMemAlloc_v2', stub.calls())).toBe(1);
      executable.dispose();
    });

    it('an executable that was disposed runs again', () => {
      const executable = start().target().compile(mix);
      const before = executable.run(inputsOf(5, 3));
      executable.dispose();
      executable.dispose();
      expect(stub.alive()).toEqual(NOTHING_ALIVE);
      expectSameBits(executable.run(inputsOf(5, 3)), before);
      executable.dispose();
    });
  });

  describe('memory', () => {
    it('that does not hold a run is given slices, all lanes once', () => {
      // a lane takes 12 values of tape, 2 of outputs, 8 of inputs and more
      for (const [sets, windows] of [
        [300, 1],
        [3, 100],
        [40, 9],
      ]) {
        const target = start({ memory: 24_000 }).target();
        agree(target, gradient, inputsOf(sets, windows), [1]);
        expect(stub.launches.length).toBeGreaterThan(2);
        expect(lanes(stub.launches)).toBe(sets * windows);
        expect(stub.alive()).toEqual(NOTHING_ALIVE);
        // twice as many lanes fit a slice
        const slices = stub.launches.length;
        agree(target, gradient, inputsOf(sets, windows), [1], 'float32');
        expect(stub.launches.length - slices).toBeLessThan(slices);
      }
    });

    it('that is less than it seemed leads to halves', () => {
      const target = start().target();
      const executable = target.compile(gradient);
      const wanted = reference.compile(gradient).run(inputsOf(200, 1));
      stub.fail('cuMemAlloc_v2', 2, { skip: 1, times: 2 }); // the series finds room, then nothing is left to free
      expectSameBits(executable.run(inputsOf(200, 1)), wanted);
      expect(stub.launches.map((l) => l.sets)).toEqual([64, 64, 72]);
      executable.dispose();
    });

    it('that a module lacks is freed', () => {
      const first = start().target().compile(mix);
      first.run(inputsOf(5, 1)); // leaves a free block
      stub.fail('cuModuleLoadDataEx', 2);
      const second = stub.target().compile(gradient);
      expectSameBits(second.run(inputsOf(5, 1)), reference.compile(gradient).run(inputsOf(5, 1)));
      first.dispose();
      second.dispose();
    });

    it('that a launch lacks for its spills is freed, else the slice is halved', () => {
      const executable = start().target().compile(gradient);
      const wanted = reference.compile(gradient).run(inputsOf(200, 1));
      executable.run(inputsOf(5, 1)); // leaves a free block
      stub.fail('cuLaunchKernel', 2);
      stub.calls();
      expectSameBits(executable.run(inputsOf(200, 1)), wanted);
      expect(stub.calls().filter((c) => c.startsWith('cuMemFree_v2')).length).toBe(1);
      expect(stub.launches.map((l) => l.sets)).toEqual([5, 200]);
      stub.fail('cuLaunchKernel', 2);
      expectSameBits(executable.run(inputsOf(200, 1)), wanted);
      expect(stub.launches.map((l) => l.sets)).toEqual([5, 200, 128, 72]);
      executable.dispose();
    });

    it('that does not hold a single lane is an error that says how much it needs', () => {
      const executable = start({ memory: 4000 }).target().compile(gradient);
      const long = { ...inputsOf(3, 2, 1, 500), run: { N: 500 }, window: { first: Int32Array.of(0, 0) } };
      const series = new Float64Array(2 * 10);
      const given = { ...long, buffers: { ...long.buffers, p: series } };
      expect(() => executable.run(given)).toThrow(
        /^mix.*: a single lane needs [4-9]\d{3} bytes of the device's memory besides the series, \d+ are free \(cuda: cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY, .*; end what else uses the GPU/,
      );
      const short = inputsOf(1, 1, 1, 3);
      expectSameBits(executable.run(short), reference.compile(gradient).run(short));
      executable.dispose();
    });

    it('that would hold more lanes than a kernel can count is given slices all the same', () => {
      start();
      const started: Slice[] = [];
      const endless = {
        begin() {},
        available: () => Number.POSITIVE_INFINITY,
        bytes: () => 1,
        start: (_arrays: Arrays, slice: Slice) => started.push(slice),
        goOn: () => true,
      };
      const inputs = { sets: 2 ** 20, windows: 2 ** 9, run: {}, window: {}, buffers: {} };
      const work = new Work('many', endless as unknown as Instance, { inputs, outputs: {} }, wholeOf(inputs));
      while (!work.done) {
        work.start();
        work.goOn();
      }
      expect(Math.max(...started.map(lanesOf))).toBeLessThan(2 ** 28);
      expect(started.reduce((sum, s) => sum + lanesOf(s), 0)).toBe(2 ** 29);
    });

    it('bounds the tapes of a plan, which is never refused', () => {
      start({ devices: 2, memory: 1e6 });
      const target = createCudaTarget('cuda:all');
      expect(target.memory?.()).toBe(0.8 * 2e6);
      const data = walk(2, 3000, 0.002);
      const spec = specOf(data, { pool: pools.hmm });
      const rollout = createPoolRollout(spec, data, target, { memory: 1 });
      const [small, large, huge] = [1, 100, 100_000].map((sets) => rollout.plan(sets, 1, 2900));
      expect([small, large, huge].map((p) => p.strategy)).toEqual(['storeAll', 'segments', 'segments']);
      expect([small.bytes < 1.6e6, large.bytes < 1.6e6, huge.bytes < 1.6e6]).toEqual([true, true, false]);
      expect(huge.bytes).toBe(1000 * large.bytes);
      rollout.dispose();
    });

    it('serves the training of a shipped model, slice by slice', () => {
      const momentum = CASES.find((c) => c.name === 'momentum, fee' && c.assets === 2) as Case;
      const wanted = answers(momentum, reference);
      expectSameBits(answers(momentum, start().target(), 'float32'), answers(momentum, reference, 'float32'));
      expectSameBits(answers(momentum, start().target()), wanted);
      const runs = stub.launches.length;
      const calls = stub.calls();
      const sizes = (name: EntryPoint) => calls.filter((c) => c.startsWith(name)).map((c) => Number(c.split(' ')[1]));
      // the series are by far the largest of what is copied
      const series = Math.ceil(Math.max(...sizes('cuMemcpyHtoDAsync_v2')) / 256) * 256;
      const all = sizes('cuMemAlloc_v2').filter((bytes) => bytes === series).length * series;
      const largest = Math.max(...sizes('cuMemAlloc_v2').filter((bytes) => bytes !== series));
      expectSameBits(answers(momentum, start({ memory: all + Math.ceil(0.6 * largest) }).target()), wanted);
      expect(stub.launches.length).toBeGreaterThan(runs);
    });
  });

  describe('several devices', () => {
    it('are chosen by their ordinal', async () => {
      start({ devices: 2 });
      agree(stub.target('cuda:1'), mix, inputsOf(5, 3), [1]);
      const contexts = stub.calls().filter((c) => c.startsWith('cuDevicePrimaryCtxRetain'));
      expect(contexts).toEqual(['cuDevicePrimaryCtxRetain 1']);
      const message =
        /a GPU for cuda:2 was expected, got cuda:0 \(Stub 0\), cuda:1 \(Stub 1\); name one that is there and usable/;
      expect(() => stub.target('cuda:2').compile(mix)).toThrow(message);
      await expect(openTarget('cuda:2')).rejects.toThrow(message);
      expect((await openTarget('cuda:1')).why).toMatch(/^cuda:1 was asked for: Stub 1, .*; driver for CUDA 12\.4$/);
      expect((await targetNamed('cuda:all')).name).toBe('cuda:all');
    });

    it('that are too old or closed are refused by name and left out by cuda:all', () => {
      start({ devices: 3 });
      stub.attribute(0, 75, 5); // compute capability 5.0
      stub.attribute(1, 20, 2); // contexts prohibited
      expect(() => stub.target('cuda').compile(mix)).toThrow(
        /cuda:0 \(Stub 0\) cannot be used: compute capability 6.0 or later was expected, got 5.0; take --device wasm/,
      );
      expect(() => stub.target('cuda:1').compile(mix)).toThrow(/cuda:1 \(Stub 1\) cannot be used: its compute mode/);
      agree(stub.target('cuda:all'), mix, inputsOf(5, 3), [1]);
      expect(stub.launches).toEqual([{ sets: 5, windows: 3, steps: [1, 4, 16] }]);
      stub.attribute(2, 20, 2);
      expect(() => stub.target('cuda:all').compile(mix)).toThrow(
        /a GPU for cuda:all was expected, got cuda:0 .*not usable/,
      );
    });

    it.each([
      [5, 3, ['2×3', '2×3', '1×3']],
      [3, 8, ['3×3', '3×3', '3×2']],
      [200, 1, ['96×1', '64×1', '40×1']],
      [2, 1, ['1×1', '1×1']],
    ])('share the lanes of %i sets × %i windows evenly, all launched before any is waited for', (sets, windows, parts) => {
      agree(start({ devices: 3 }).target('cuda:all'), gradient, inputsOf(sets, windows), [1]);
      expect(stub.launches.map((l) => `${l.sets}×${l.windows}`)).toEqual(parts);
      const order = stub.calls().filter((c) => /^cu(LaunchKernel|StreamSynchronize)/.test(c));
      expect(order.slice(0, parts.length + 1).map((c) => c.split(' ')[0])).toEqual([
        ...parts.map(() => 'cuLaunchKernel'),
        'cuStreamSynchronize',
      ]);
    });

    it('slice their parts each for itself', () => {
      agree(start({ devices: 2, memory: 24_000 }).target('cuda:all'), gradient, inputsOf(300, 1), [1]);
      expect(lanes(stub.launches)).toBe(300);
      expect(stub.launches.length).toBeGreaterThan(4);
    });
  });
});
