/** The devices of a browser: which are here, and what is said where one is not. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { registry } from '../../kernels/index.js';
import { loadConfig } from '../../src/config/index.js';
import { deviceHere, openInBrowser } from '../../src/entries/browser.js';

afterEach(() => vi.unstubAllGlobals());

const opened = () => loadConfig('configs/constant-weight.yaml', registry, { set: ['train.windowDays=1'] });

describe('a browser', () => {
  it('has wasm, which auto takes too', async () => {
    for (const device of ['auto', 'wasm'] as const) {
      const { target, isCpu } = await deviceHere(device);
      expect([target?.name, isCpu]).toEqual(['wasm', true]);
    }
  });

  it('says why it has no GPU', async () => {
    vi.stubGlobal('navigator', {});
    const without = 'this browser offers no WebGPU here';
    expect(await deviceHere('webgpu')).toEqual({ target: null, why: without, isCpu: false });
    await expect(openInBrowser(await opened(), { device: 'webgpu' })).rejects.toThrow(
      `device: webgpu is not available: ${without}`,
    );
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => null } });
    expect((await deviceHere('webgpu')).why).toMatch(/^a GPU was expected, got no adapter/);
  });
});
