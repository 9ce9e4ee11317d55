/** Every way in which the driver can fail a run of the cuda target, against a stand-in for it (driver-stub.c). */
import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { DeviceLost } from '../../src/targets/cuda/driver.js';
import type { EntryPoint } from '../../src/targets/cuda/entries.js';
import { createCudaTarget, type DeviceWord } from '../../src/targets/cuda/index.js';
import { reference } from '../../src/targets/reference/index.js';
import { expectSameBits } from './agreement.js';
import { gradient, inputsOf, mix } from './cuda-programs.js';
import {
  counted,
  expectNothingLeft,
  FREES,
  firstFailure,
  leftAfter,
  missing,
  Stub,
  type StubOptions,
} from './driver-stub.js';

if (missing !== null) console.warn(`failures of the cuda driver are not tested: ${missing}`);

describe.skipIf(missing !== null)('with the stub driver', () => {
  let stub: Stub;
  const start = (options?: StubOptions) => {
    stub = new Stub(options);
    return stub;
  };
  afterEach(() => {
    expectNothingLeft(stub);
  });

  const EXAMINED = /^cuDeviceGetAttribute$/;

  /** Every call of opening, running twice and disposing, by its name and how often that was called before. */
  function everyCall(word: DeviceWord, options: Parameters<typeof start>[0]): { name: EntryPoint; skip: number }[] {
    start(options);
    const executable = stub.target(word).compile(gradient);
    executable.run(inputsOf(5, 3));
    executable.dispose();
    return counted(stub.calls()).filter(({ name, skip }) => skip === 0 || !EXAMINED.test(name));
  }

  const left = (failed: EntryPoint) => leftAfter(failed, stub);

  /** Opens, runs and disposes; gives the first error. */
  const attempt = (word: DeviceWord): unknown =>
    firstFailure((noted) => {
      noted(() => {
        const executable = stub.target(word).compile(gradient);
        noted(() => expectSameBits(executable.run(inputsOf(5, 3)), reference.compile(gradient).run(inputsOf(5, 3))));
        noted(() => executable.dispose());
      });
    });

  describe.each([
    [1, 'cuda'],
    [2, 'cuda:all'],
  ] as const)('a failure, with %i devices as %s,', (devices, word) => {
    it('of any call is a UserError that names it, and nothing is left behind', () => {
      for (const { name, skip } of everyCall(word, { devices })) {
        start({ devices }).fail(name, 999, { skip });
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
      for (const { name, skip } of everyCall(word, { devices })) {
        if (FREES.test(name)) continue;
        start({ devices }).fail(name, 2, { skip });
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
});
