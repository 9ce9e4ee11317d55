/**
 * The cuda target's device runtime against a stand-in for the driver (driver-stub.c): calls and their order, memory,
 * caches, slices, several devices, and every way to fail. Launches execute the kernels' PTX, so results are checked too.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { doctorCommand } from '../../src/cli/doctor.js';
import { openTarget, targetNamed } from '../../src/config/device.js';
import { UserError } from '../../src/errors.js';
import { adjoint, buffer, emit, input, load, scan, trace } from '../../src/graph/index.js';
import { createRollout } from '../../src/rollout/rollout.js';
import { DeviceLost } from '../../src/targets/cuda/driver.js';
import { type EntryPoint, LIBRARY_VARIABLE } from '../../src/targets/cuda/entries.js';
import { createCudaTarget, type DeviceWord, driverMayBeHere } from '../../src/targets/cuda/index.js';
import { reference } from '../../src/targets/reference/index.js';
import type { Inputs } from '../../src/targets/target.js';
import { answers, CASES, type Case } from '../ptx/cases.js';
import { pools, specOf, walk } from '../rollout/setup.js';
import { agree, expectSameBits } from './agreement.js';

// before the stub is imported, which needs koffi itself
const driverHere = driverMayBeHere();
const unasked = await openTarget('auto', 1e6);
const imported = Object.keys(createRequire(import.meta.url).cache).filter((m) => m.includes('koffi'));
const { missing, NOTHING_ALIVE, Stub } = await import('./driver-stub.js');

describe.skipIf(driverHere)('auto without a driver', () => {
  it('takes a CPU target for any batch and imports nothing', () => {
    expect(unasked.why).toMatch(/^auto takes (wasm|reference), (?!.*cuda)/);
    expect(imported).toEqual([]);
  });
});

describe('without a usable library', () => {
  afterEach(() => {
    delete process.env[LIBRARY_VARIABLE];
  });

  it('says what was expected and what would mend it', async () => {
    process.env[LIBRARY_VARIABLE] = '/nowhere/libcuda.so.1';
    const { available, reason } = await createCudaTarget().probe();
    expect(available).toBe(false);
    expect(reason).toMatch(
      /^the driver's library \/nowhere\/libcuda.so.1 was expected, got '.+'; install NVIDIA's driver/,
    );
    await expect(openTarget('cuda')).rejects.toThrow(/^device: cuda is not available: the driver's library/);
    expect((await openTarget('auto', 1e6)).why).toMatch(
      /^auto takes (wasm|reference).*; not cuda: the driver's library/,
    );
  });

  it.skipIf(process.platform !== 'linux')('tells a library that is no driver', () => {
    process.env[LIBRARY_VARIABLE] = 'libm.so.6';
    expect(() => createCudaTarget().compile(mix)).toThrow(
      /cuda: libm.so.6 lacks what a driver has, '.*cuInit.*'; install/,
    );
  });
});

/** Every kind of buffer but tapes, which its adjoint has. */
const mix = trace('mix', () => {
  const n = input('N');
  const first = input('first', 'window');
  const a = load(buffer('set', 'a', 2, { differentiable: true }), 1, 1);
  const b = load(buffer('lane', 'b', 3), 2, 1);
  const p = buffer('series', 'p', 2);
  const out = buffer('output', 'y', 2, { rows: n });
  const last = scan({
    length: n,
    name: 'steps',
    init: a,
    body: (s, t) => {
      const next = s
        .mul(b)
        .add(load(p, 1, t, first))
        .mul(0.5);
      emit(out, 1, next, t, t.mod(3).equal(1));
      emit(out, 0, s.exp(), n.sub(t).sub(1));
      return next;
    },
  });
  emit(buffer('output', 'z', 1), 0, last);
});
const gradient = adjoint(mix, { wrt: ['a'], seeds: { z: 'one' }, strategy: { steps: 'storeAll' } });

const SERIES = Float64Array.from({ length: 2 * 40 }, (_, i) => Math.sin(i));

function inputsOf(sets: number, windows: number, scale = 1, N = 11): Inputs {
  const numbers = (length: number) => Float64Array.from({ length }, (_, i) => scale * Math.cos(i * i));
  return {
    sets,
    windows,
    run: { N },
    window: { first: Int32Array.from({ length: windows }, (_, w) => (5 * w) % 29) },
    buffers: { a: numbers(2 * 2 * sets), b: numbers(2 * 3 * windows * sets), p: SERIES },
  };
}

const lanes = (launches: readonly { sets: number; windows: number }[]) =>
  launches.reduce((sum, l) => sum + l.sets * l.windows, 0);

if (missing !== null) console.warn(`the cuda runtime is not tested: ${missing}`);

describe.skipIf(missing !== null)('with the stub driver', () => {
  let stub: InstanceType<typeof Stub>;
  const start = (options?: ConstructorParameters<typeof Stub>[0]) => {
    stub = new Stub(options);
    return stub;
  };
  afterEach(() => {
    delete process.env[LIBRARY_VARIABLE];
    expect(stub.failure).toBe(null);
    expect(stub.alive()).toEqual(NOTHING_ALIVE);
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
      expect(stub.calls().filter((c) => c !== setCurrent)).toEqual([
        `cuMemAlloc_v2 ${3 * 256}`,
        `cuMemcpyHtoDAsync_v2 ${SERIES.byteLength}`,
        'cuMemGetInfo_v2',
        // first 12 → 256, a 160 → 256, b 720 → 768, y 11·2·15·8 = 2640 → 2816, z 120 → 256
        `cuMemAlloc_v2 ${256 + 256 + 768 + 2816 + 256}`,
        'cuMemcpyHtoDAsync_v2 12',
        'cuMemcpyHtoDAsync_v2 160',
        'cuMemcpyHtoDAsync_v2 720',
        `cuMemsetD8Async 0 ${2816 + 256}`,
        'cuEventRecord',
        'cuLaunchKernel 1 1 1 32 1 1 0',
        'cuEventRecord',
        'cuMemcpyDtoHAsync_v2 2640',
        'cuMemcpyDtoHAsync_v2 120',
        'cuStreamSynchronize',
        'cuEventElapsedTime',
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
      expect(launches).toEqual([`cuLaunchKernel ${blocks} 1 1 ${threads} 1 1 0`]);
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

    it('takes launches of a few steps where the driver ends long kernels', () => {
      const executable = start({ timeLimit: true }).target().compile(mix);
      const run = (N: number) => {
        const inputs = { ...inputsOf(5, 3, 1, N), window: { first: Int32Array.of(0, 1, 2) } };
        expectSameBits(executable.run(inputs), reference.compile(mix).run(inputs));
        return stub.launches.splice(0).map((l) => l.steps);
      };
      // launches take 1.5 of the 200 ms that they may take: each finds four times as many steps as the last one there
      expect(run(38)).toEqual([8, 8, 32]);
      expect(run(38)).toEqual([32, 128]);
      expect(run(5)).toEqual([128]);
      expect(executable.report()[0]).toMatchObject({ launches: 1, kernels: 1.5 });
      run(38);
      executable.dispose();
      agree(stub.target(), gradient, inputsOf(5, 3), [1]);
      expect(stub.launches.length).toBeGreaterThan(2);
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
      expect(first).toMatchObject({ registers: 40, localBytes: 24, launches: 1, kernels: 1.5, bytesOut: 2640 + 120 });
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

    it('bounds the tapes of a plan, which is never refused', () => {
      start({ devices: 2, memory: 1e6 });
      const target = createCudaTarget('cuda:all');
      expect(target.memory?.()).toBe(0.8 * 2e6);
      const data = walk(2, 3000, 0.002);
      const spec = specOf(data, { pool: pools.hmm });
      const rollout = createRollout(spec, data, target, { memory: 1 });
      const [small, large, huge] = [1, 100, 100_000].map((sets) => rollout.plan(sets, 1, 2900));
      expect([small, large, huge].map((p) => p.strategy)).toEqual(['storeAll', 'segments', 'segments']);
      expect([small.bytes < 1.6e6, large.bytes < 1.6e6, huge.bytes < 1.6e6]).toEqual([true, true, false]);
      expect(huge.bytes).toBe(1000 * large.bytes);
      rollout.dispose();
    });

    it('serves the training of a shipped model, slice by slice', () => {
      const momentum = CASES.find((c) => c.name === 'momentum, fee' && c.assets === 2) as Case;
      const wanted = answers(momentum, reference);
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
      expect(stub.launches).toEqual([{ sets: 5, windows: 3, steps: null }]);
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
      expect(order.map((c) => c.split(' ')[0])).toEqual([
        ...parts.map(() => 'cuLaunchKernel'),
        ...parts.map(() => 'cuStreamSynchronize'),
      ]);
    });

    it('slice their parts each for itself', () => {
      agree(start({ devices: 2, memory: 24_000 }).target('cuda:all'), gradient, inputsOf(300, 1), [1]);
      expect(lanes(stub.launches)).toBe(300);
      expect(stub.launches.length).toBeGreaterThan(4);
    });
  });

  /** What frees: where it fails, what it should have freed is left, and all else is not. */
  const FREES = /^cu(ModuleUnload|MemFree_v2|EventDestroy_v2|StreamDestroy_v2|DevicePrimaryCtxRelease_v2)$/;
  const EXAMINED = /^cuDeviceGetAttribute$/;

  /** Every call of opening, running twice and disposing, by its name and how often that was called before. */
  function everyCall(word: DeviceWord, options: Parameters<typeof start>[0]): { name: EntryPoint; skip: number }[] {
    start(options);
    const executable = stub.target(word).compile(gradient);
    executable.run(inputsOf(5, 3));
    executable.dispose();
    const before = new Map<string, number>();
    const all = stub.calls().map((c) => {
      const name = c.split(' ')[0] as EntryPoint;
      const skip = before.get(name) ?? 0;
      before.set(name, skip + 1);
      return { name, skip };
    });
    return all.filter(({ name, skip }) => skip === 0 || !EXAMINED.test(name));
  }

  /**
   * How much the driver still holds. A module that could not be unloaded, for its device could not be made the current
   * one, does not count: its context takes it along.
   */
  function left(failed: EntryPoint): number {
    const { modules, ...rest } = stub.alive();
    return Object.values(rest).reduce((a, b) => a + b, failed === 'cuCtxSetCurrent' ? 0 : modules);
  }

  /** Opens, runs and disposes; gives the first error. */
  function attempt(word: DeviceWord): unknown {
    let failure: unknown = null;
    const noted = (work: () => void) => {
      try {
        work();
      } catch (error) {
        failure ??= error;
      }
    };
    noted(() => {
      const executable = stub.target(word).compile(gradient);
      noted(() => expectSameBits(executable.run(inputsOf(5, 3)), reference.compile(gradient).run(inputsOf(5, 3))));
      noted(() => executable.dispose());
    });
    return failure;
  }

  describe.each([
    [1, 'cuda', false],
    [1, 'cuda', true],
    [2, 'cuda:all', false],
  ] as const)('a failure, with %i devices as %s, launches limited: %s,', (devices, word, timeLimit) => {
    it('of any call is a UserError that names it, and nothing is left behind', () => {
      for (const { name, skip } of everyCall(word, { devices, timeLimit })) {
        start({ devices, timeLimit }).fail(name, 999, { skip });
        const failure = attempt(word);
        const where = `${name}, call ${skip + 1}`;
        expect(failure, where).toBeInstanceOf(UserError);
        expect(String(failure), where).toMatch(
          new RegExp(`cuda: ${name}: status 999, words for 999; restart the machine if nvidia-smi fails too$`),
        );
        expect(left(name), where).toBe(FREES.test(name) ? 1 : 0);
        expect(stub.failure, where).toBe(null);
        if (!FREES.test(name)) expect(attempt(word), `${where}, the next time`).toBe(null);
      }
      start(); // for what is looked at after each test
    });

    it('of any call for want of memory ends in smaller slices or in a UserError, and nothing is left behind', () => {
      const survived = new Set<string>();
      for (const { name, skip } of everyCall(word, { devices, timeLimit })) {
        if (FREES.test(name)) continue;
        start({ devices, timeLimit }).fail(name, 2, { skip });
        const failure = attempt(word);
        const where = `${name}, call ${skip + 1}`;
        if (failure === null) survived.add(name);
        else expect(failure, where).toBeInstanceOf(UserError);
        expect(left(name), where).toBe(0);
      }
      expect([...survived]).toEqual(expect.arrayContaining(['cuMemAlloc_v2', 'cuLaunchKernel', 'cuStreamSynchronize']));
      start();
    });
  });

  describe('a device', () => {
    it.each([
      ['cuLaunchKernel', 719],
      ['cuMemcpyDtoHAsync_v2', 700],
      ['cuStreamSynchronize', 719],
      ['cuEventElapsedTime', 716],
    ] as const)('that is lost in %s (%i) says so from then on, and can be disposed', (name, status) => {
      const executable = start().target().compile(gradient);
      stub.fail(name, status);
      const lost = () => executable.run(inputsOf(5, 3));
      expect(lost).toThrow(DeviceLost);
      expect(lost).toThrow(
        /; the device is lost to this process: start it anew, training goes on from its checkpoint$/,
      );
      executable.dispose();
    });

    it('that ends a long kernel says what to do about it', () => {
      const executable = start().target().compile(gradient);
      stub.fail('cuStreamSynchronize', 702);
      expect(() => executable.run(inputsOf(5, 3))).toThrow(
        /cuStreamSynchronize: CUDA_ERROR_LAUNCH_TIMEOUT, .*; this GPU drives a display and stops long kernels: take shorter/,
      );
      executable.dispose();
    });

    it('whose compiler refuses a kernel shows its log', () => {
      start().fail('cuModuleLoadDataEx', 218);
      expect(() => stub.target().compile(mix)).toThrow(
        /CUDA_ERROR_INVALID_PTX, .*: ptxas stub, line 7 \| error : no such thing; the driver's compiler refuses/,
      );
    });
  });

  describe('a driver', () => {
    it('that is too old says which is needed', async () => {
      start({ version: 11080 });
      expect((await createCudaTarget().probe()).reason).toMatch(
        /^a driver for CUDA 12.0 or later was expected, got one for 11.8; install NVIDIA's driver, version 525 or later/,
      );
    });

    it('without a GPU, or out of step with its kernel module, says what to look at', async () => {
      start({ devices: 0 });
      expect((await createCudaTarget().probe()).reason).toMatch(
        /^cuInit: CUDA_ERROR_NO_DEVICE, .*; see whether nvidia-smi/,
      );
      start().fail('cuInit', 803);
      expect((await createCudaTarget().probe()).reason).toMatch(
        /^cuInit: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, .*restart the machine/,
      );
    });
  });

  describe('auto', () => {
    const whyFor = async (lanes: number) => (await openTarget('auto', lanes)).why;

    it('takes a GPU from as many lanes on as its float64 rate asks for', async () => {
      start();
      expect(await whyFor(4095)).toMatch(
        /^auto takes wasm, .*; not cuda: a GPU pays off from 4096 lanes .* on, these are 4095$/,
      );
      expect(await whyFor(4096)).toMatch(
        /^auto takes cuda, for 4096 lanes .* keep it busy: Stub 0, .*driver for CUDA 12.4$/,
      );
      start({ capability: [8, 9] });
      expect(await whyFor(16383)).toMatch(/^auto takes wasm, .*from 16384 lanes/);
      expect(await whyFor(16384)).toMatch(/^auto takes cuda, .*float64 at 1\/64 of float32/);
    });

    it('leaves one that cannot be used, and says why', async () => {
      start({ capability: [5, 2] });
      expect(await whyFor(1e6)).toMatch(
        /^auto takes wasm, .*; not cuda: cuda:0 \(Stub 0\) cannot be used: compute capability/,
      );
    });
  });

  describe('doctor', () => {
    /** The findings by name. */
    async function findings(...args: string[]): Promise<Record<string, { ok: boolean; detail: string }>> {
      const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      try {
        await doctorCommand().parseAsync(['--json', ...args], { from: 'user' });
        const { findings } = JSON.parse(write.mock.calls.map(([text]) => text).join(''));
        return Object.fromEntries(findings.map((f: { name: string }) => [f.name, f]));
      } finally {
        write.mockRestore();
      }
    }

    it('shows the driver and each GPU, and whether it can be used', async () => {
      start({ devices: 2, memory: 3 * 2 ** 30 });
      stub.attribute(0, 17, 1);
      stub.attribute(1, 20, 2);
      const found = await findings();
      expect(found.cuda).toMatchObject({ ok: true, detail: 'driver for CUDA 12.4, 2 GPUs' });
      expect(found['cuda:0']).toMatchObject({
        ok: true,
        detail:
          'Stub 0, 3.0 GiB, compute capability 9.0, float64 at 1/2 of float32, ends kernels that take seconds (it drives a display)',
      });
      expect(found['cuda:1'].ok).toBe(false);
      expect(found['cuda:1'].detail).toMatch(/; not usable: its compute mode forbids contexts/);
      start({ version: 11080 });
      expect((await findings()).cuda).toMatchObject({ ok: false, detail: expect.stringContaining('got one for 11.8') });
    });

    it('says what auto takes for a config, and why', async () => {
      start();
      const config = join(mkdtempSync(join(tmpdir(), 'poolgrad-doctor-')), 'large.yaml');
      const file = fileURLToPath(new URL('../../datasets/two-assets-90d.arrow', import.meta.url));
      writeFileSync(
        config,
        `data: { file: '${file}' }\npool: { kind: constant-weight }\ntrain: { sets: 1024, windows: 4 }\n`,
      );
      expect((await findings(config))['device auto'].detail).toMatch(
        /^1024 sets × 4 windows: auto takes cuda, for 4096 lanes .* keep it busy: Stub 0/,
      );
      writeFileSync(
        config,
        `data: { file: '${file}' }\npool: { kind: constant-weight }\ntrain: { sets: 8, windows: 4 }\n`,
      );
      expect((await findings(config))['device auto'].detail).toMatch(
        /^8 sets × 4 windows: auto takes wasm, .*; not cuda: a GPU pays off from 4096 lanes/,
      );
      rmSync(dirname(config), { recursive: true });
    });
  });
});
