/** How a GPU is chosen and shown: `auto`, a driver that is missing or no driver, `doctor`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { doctorCommand } from '../../src/cli/doctor.js';
import { openTarget } from '../../src/config/device.js';
import { LIBRARY_VARIABLE } from '../../src/targets/cuda/entries.js';
import { createCudaTarget, driverMayBeHere } from '../../src/targets/cuda/index.js';
import { mix } from './cuda-programs.js';
import type { StubOptions, Stub as StubType } from './driver-stub.js';

// before the stub is imported, which needs koffi itself
const driverHere = driverMayBeHere();
const unasked = await openTarget('auto', 1e6);
const imported = Object.keys(createRequire(import.meta.url).cache).filter((m) => m.includes('koffi'));
const { expectNothingLeft, missing, Stub } = await import('./driver-stub.js');

describe.skipIf(driverHere)('auto without a driver', () => {
  it('has no device for float32', async () => {
    await expect(openTarget('auto', 1e6, 'float32')).rejects.toThrow(
      /^precision: a GPU that auto takes was expected for float32, got none: webgpu: .*; leave it out, or name a device/,
    );
  });

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

if (missing !== null) console.warn(`the choice of a GPU is not tested: ${missing}`);

describe.skipIf(missing !== null)('with the stub driver', () => {
  let stub: StubType;
  const start = (options?: StubOptions) => {
    stub = new Stub(options);
    return stub;
  };
  afterEach(() => {
    expectNothingLeft(stub);
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

    it('takes it from 4096 lanes on in float32, before any other GPU, and no CPU', async () => {
      start({ capability: [8, 9] });
      expect((await openTarget('auto', 4096, 'float32')).why).toMatch(/^auto takes cuda, for 4096 lanes/);
      await expect(openTarget('auto', 4095, 'float32')).rejects.toThrow(
        /^precision: a GPU that auto takes was expected for float32, got none: a GPU pays off from 4096 lanes/,
      );
      start().fail('cuLaunchKernel', 999);
      await expect(openTarget('cuda', 1, 'float32')).rejects.toThrow(/its self-test in float32 fails: cuda: cuLaunch/);
    });

    it('refuses what a named device has not', async () => {
      start();
      await expect(openTarget('wasm', 1, 'float32')).rejects.toThrow(/^precision: float64 was expected on wasm, got/);
      await expect(openTarget('tfjs', 1, 'float64')).rejects.toThrow(/^precision: float32 was expected on tfjs, got/);
      expect((await openTarget('reference', 1, 'float32')).target.name).toBe('reference');
      expect((await openTarget('cuda', 1, 'float32')).target.name).toBe('cuda');
    });

    it('leaves one whose numbers are wrong, and says which', async () => {
      start().fail('cuLaunchKernel', 700);
      expect(await whyFor(4096)).toMatch(
        /^auto takes wasm, .*; not cuda: cuda:0 is not to be trusted: its self-test fails: cuda: cuLaunchKernel: /,
      );
      start().fail('cuLaunchKernel', 999);
      await expect(openTarget('cuda')).rejects.toThrow(
        /^device: cuda is not to be trusted: its self-test fails: cuda: cuLaunchKernel: .*; take --device wasm$/,
      );
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
          'Stub 0, 3.0 GiB, compute capability 9.0, float64 at 1/2 of float32, ends kernels that take seconds (it drives a display); its self-test has the bits of reference',
      });
      expect(found['cuda:1'].ok).toBe(false);
      expect(found['cuda:1'].detail).toMatch(/; not usable: its compute mode forbids contexts/);
      // it is told where float64 wastes a GPU
      expect(found['cuda:0'].detail).not.toContain('--precision');
      start({ capability: [8, 9] });
      expect((await findings())['cuda:0'].detail).toMatch(
        /float64 at 1\/64 of float32; its self-test has the bits of reference; in float64 most of it idles: train with --precision float32/,
      );
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
      writeFileSync(
        config,
        `data: { file: '${file}' }\npool: { kind: constant-weight }\ntrain: { sets: 1024, windows: 4 }\nrun: { precision: float32 }\n`,
      );
      expect((await findings(config))['device auto'].detail).toMatch(
        /^1024 sets × 4 windows in float32: auto takes cuda, for 4096 lanes/,
      );
      rmSync(dirname(config), { recursive: true });
    });
  });
});
