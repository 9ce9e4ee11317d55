/**
 * Training in float32: on reference wherever the test runs, on webgpu where there is a device. What is chosen and recorded
 * is what float64 says, and what follows computes in float64.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { runEvaluate } from '../../src/app/index.js';
import { openSession } from '../../src/app/session.js';
import { loadConfig } from '../../src/config/index.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { loadCheckpoint } from '../../src/train/checkpoint-file.js';
import { root } from '../cli/run.js';
import { missing } from '../targets/webgpu-device.js';
import { prices, refusal, training } from './setup.js';

mkdirSync(join(root, 'out'), { recursive: true });
const folder = relative('', mkdtempSync(join(root, 'out/float32-')));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
await saveDataset(at('prices.arrow'), prices(7));

const CONFIG = `data: prices.arrow
pool: {kind: tfmm, fee: 0.003}
rule: {kind: momentum, memoryDays: 0.5, k: 20, chunkPeriod: 60, weightInterpolationPeriod: 60, maxMemoryDays: 2}
objective: returns
split: {burnInDays: 2}
train: {sets: 3, windows: 2, windowDays: 1, iterations: 4, validateEvery: 1, checkpointEvery: 2}
run: {threads: 1}
`;
writeFileSync(at('c.yaml'), CONFIG);
writeFileSync(at('walk.yaml'), 'kind: gbm\nmu: [0.4, -0.2]\nsigma: [0.9, 0.5]\n');

interface Summary {
  readonly device: string;
  readonly precision: string;
  readonly validatedBy: object;
  readonly before: number;
  readonly stopped: string;
}

/** The validation of raws in float64, by a roll-out of its own. */
async function exactly(config: string, raw: Float64Array): Promise<number> {
  const { rollout, windows } = await openSession(await loadConfig(config, registry, { device: 'wasm' }));
  try {
    const { windows: rows, windowRows } = windows.validation();
    return rollout.value(raw, rows, windowRows).objective[0];
  } finally {
    rollout.dispose();
  }
}

describe.each([
  { device: 'reference', isHere: true },
  { device: 'webgpu', isHere: !missing },
])('on $device', ({ device, isHere }) => {
  const trained = async (out: string, more: object = {}) => {
    const asked = { config: at('c.yaml'), device, precision: 'float32' as const, out: at(out), ...more };
    return (await training(asked)).json as Summary;
  };

  it.skipIf(!isHere)('records the validation that float64 gives, and the start’s beside it', async () => {
    const json = await trained(`${device}.json`);
    expect(json).toMatchObject({
      device,
      precision: 'float32',
      validatedBy: { device: wasm.name, precision: 'float64' },
    });
    const { state } = await loadCheckpoint(at(`${device}.json`));
    expect(state.best.validation).toBe(await exactly(at('c.yaml'), state.best.raw));
    const { initial, rollout } = await openSession(await loadConfig(at('c.yaml'), registry, { device: 'wasm' }));
    rollout.dispose();
    expect(json.before).toBe(await exactly(at('c.yaml'), initial));
    expect(state.best.validation).toBeGreaterThan(json.before);
  });

  it.skipIf(!isHere)('goes on from a checkpoint as if it had not stopped', async () => {
    await trained(`${device}-whole.json`);
    const abort = new AbortController();
    let isSaved = false;
    // stops at the first checkpoint that is written
    const watch = setInterval(() => {
      try {
        readFileSync(at(`${device}-part.json`));
        isSaved = true;
        abort.abort();
      } catch {}
    }, 1);
    const stopped = await trained(`${device}-part.json`, { signal: abort.signal });
    clearInterval(watch);
    expect([isSaved, stopped.stopped]).toEqual([true, 'signal']);
    await training({ resume: at(`${device}-part.json`) });
    const [whole, parts] = await Promise.all(
      ['whole', 'part'].map(async (name) => (await loadCheckpoint(at(`${device}-${name}.json`))).state),
    );
    expect(parts).toEqual(whole);
  });
});

describe('what follows a training on webgpu', () => {
  it('computes in float64 on the CPU, and says so', async () => {
    await training({ config: at('c.yaml'), device: 'reference', precision: 'float32', out: at('r.json') });
    const asked = { checkpoint: at('r.json'), out: at('r.html'), json: true };
    const wanted = (await runEvaluate(asked)).json as { headline: object };
    const got = (await runEvaluate({ ...asked, set: ['run.device=webgpu'] })).json as {
      headline: object;
      notes: string[];
    };
    expect(got.headline).toEqual(wanted.headline);
    expect(got.notes).toContain('run.device: webgpu trains in float32; this is computed in float64 on wasm');
    expect(await refusal(runEvaluate({ ...asked, device: 'webgpu' }))).toMatch(
      /^device: one with float64 was expected, got webgpu, which has float32 alone: it is for train; leave --device out/,
    );
  });

  it('draws the scenarios of a pool once, for what trains and what compares', async () => {
    writeFileSync(
      at('drawn.yaml'),
      CONFIG.replace(
        'data: prices.arrow',
        'data: {model: walk.yaml, assets: [A, B], interval: 1h, scenarios: {train: 4, validation: 2, test: 2, length: 50h, burnIn: 30}}',
      )
        .replace('split: {burnInDays: 2}\n', '')
        .replace('chunkPeriod: 60, weightInterpolationPeriod: 60', 'chunkPeriod: 4h, weightInterpolationPeriod: 4h')
        .replace('windowDays: 1, ', ''),
    );
    await training({ config: at('drawn.yaml'), device: 'reference', precision: 'float32', out: at('drawn.json') });
    const { state } = await loadCheckpoint(at('drawn.json'));
    expect(state.best.validation).toBe(await exactly(at('drawn.yaml'), state.best.raw));
  });
});
