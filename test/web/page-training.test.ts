/** The built page trains in a real browser: on wasm to the figures of the library in Node.js, on WebGPU until validation rises. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../kernels/index.js';
import { trainOptionsOf } from '../../src/app/prepared.js';
import { openSession } from '../../src/app/session.js';
import { problemOf } from '../../src/app/training.js';
import { openConfig } from '../../src/config/load.js';
import { formatMetric } from '../../src/evaluate/report/format.js';
import { train } from '../../src/train/train.js';
import { DEFAULT_STATE } from '../../web/src/state.js';
import {
  executable,
  launch,
  nameless,
  overflow,
  type Served,
  SHIPPED,
  servedStatic,
  visit,
  WEBGPU,
} from './browser.js';

const METRIC = 'returns_over_hodl';
/** Of some builds of Chromium, about themselves. */
const EXPERIMENTAL =
  'warning: WebGPU is experimental on this platform. See https://github.com/gpuweb/gpuweb/wiki/Implementation-Status#implementation-status';
/** A fee so high that nobody trades: the way down is steep. */
const config = {
  ...DEFAULT_STATE.config,
  pool: { kind: 'constant-weight', weights: { value: [0.5, 0.5], train: false }, fee: { value: 0.03, train: true } },
  train: { sets: 2, windows: 2, windowDays: 5, iterations: 12, validateEvery: 3, patience: 0, learningRate: 0.1 },
};

/** What the same training comes to in Node.js: the validation of the start values, and of the best set. */
async function trained() {
  const session = await openSession(await openConfig({ ...config, data: { file: SHIPPED } }, registry), 'wasm', true);
  const result = await train(problemOf(session), trainOptionsOf(session.config));
  session.rollout.dispose();
  return { before: result.before as number, best: result.state.best.validation };
}

/** Trains to the end, and reads both figures from the page. */
async function trainIn(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Train', exact: true }).last().click();
  await page
    .getByTestId('training-line')
    .getByText(/^Done .*: 12 of 12 iterations/)
    .waitFor({ timeout: 120_000 });
  return page
    .locator('figure', { has: page.getByRole('heading', { name: 'Validation' }) })
    .locator('.keys')
    .innerText();
}

describe.skipIf(executable === null)('training in the page', () => {
  let host: Served;
  let url: string;
  const browsers: Browser[] = [];
  const browserWith = async (flags: readonly string[] = []) => {
    browsers.push(await launch(flags));
    return browsers.at(-1)!;
  };
  beforeAll(async () => {
    host = await servedStatic();
    const state = { ...DEFAULT_STATE, config, view: { ...DEFAULT_STATE.view, panel: 'train' } };
    // a link, as a browser that deflates nothing makes it
    url = `${host.url}#1j.${Buffer.from(JSON.stringify(state)).toString('base64url')}`;
  });
  afterAll(async () => {
    for (const browser of browsers) await browser.close();
    await host?.end();
  });

  it('on wasm ends with the validation of the library, above that of its start', async () => {
    const { before, best } = await trained();
    expect(best).toBeGreaterThan(before);
    const { page, complaints, close } = await visit(await browserWith(), url, {
      viewport: { width: 390, height: 900 },
    });
    const shown = await trainIn(page);
    expect(shown).toContain(formatMetric(METRIC, best));
    expect(shown).toContain(formatMetric(METRIC, before));
    expect([await overflow(page), await nameless(page), complaints]).toEqual([0, [], []]);
    await close();
  });

  it('on a software device of WebGPU raises validation', async () => {
    const { page, complaints, close } = await visit(await browserWith(WEBGPU), url);
    const device = page.getByRole('combobox', { name: 'Device' });
    await device.getByRole('option', { name: /webgpu \(a software device\)/ }).waitFor({ state: 'attached' });
    await device.selectOption('webgpu');
    const shown = await trainIn(page);
    const [best, before] = [...shown.matchAll(/([−-]?[\d.]+)%/g)].map(([, x]) => Number(x.replace('−', '-')));
    expect(best).toBeGreaterThan(before);
    expect(complaints.filter((text) => text !== EXPERIMENTAL)).toEqual([]);
    await close();
  });
});
