/** A training steered and maps used in a real browser: sliders and points are those of the library in Node.js. */
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
import { executable, launch, nameless, overflow, type Served, SHIPPED, servedStatic, typed, visit } from './browser.js';

const METRIC = 'returns_over_hodl';

/** The page's own config in Node.js, with other values and settings. */
function session(changes: { readonly pool?: object; readonly train?: object } = {}) {
  const { pool, ...config } = DEFAULT_STATE.config as { readonly pool: object };
  const data = { file: SHIPPED };
  const document = {
    ...config,
    pool: { ...pool, ...changes.pool },
    data,
    train: changes.train,
    run: { device: 'wasm' },
  };
  return openConfig(document, registry).then((opened) => openSession(opened, undefined, true));
}

const line = (page: Page) => page.getByTestId('training-line');
const button = (page: Page, name: string) => page.locator('.bar').getByRole('button', { name, exact: true });
const tab = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name, exact: true }).click();
const exactly = (page: Page, name: string) =>
  page
    .getByRole('textbox', { name: `${name}, exact`, exact: true })
    .inputValue()
    .then(Number);
const shown = (page: Page, text: RegExp) => line(page).filter({ hasText: text }).waitFor();
const sixDigits = (x: number) => Number(x.toPrecision(6));

async function fill(page: Page, fields: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) {
    await typed(page.getByRole('textbox', { name, exact: true }), String(value));
  }
}

describe.skipIf(executable === null)('training and maps in the page', () => {
  let browser: Browser;
  let host: Served;

  beforeAll(async () => {
    browser = await launch();
    host = await servedStatic();
  });
  afterAll(async () => {
    await browser?.close();
    await host?.end();
  });

  it('puts the best set on the sliders, which is that of the library in Node.js', async () => {
    const here = await session({ train: { iterations: 12, sets: 3, windowDays: 2, validateEvery: 4 } });
    const { state } = await train(problemOf(here), trainOptionsOf(here.config));
    const best = here.rollout.layout.values(state.best.raw);
    here.rollout.dispose();

    const { page, complaints, close } = await visit(browser, host.url);
    await tab(page, 'Train');
    await fill(page, { Iterations: 12, Sets: 3, 'Window days': 2 });
    await page.getByText('More', { exact: true }).click();
    await fill(page, { 'Validate every': 4 });
    await button(page, 'Train').click();
    await shown(page, /^Done/);
    await shown(page, new RegExp(`12 of 12 iterations .* validation ${formatMetric(METRIC, state.best.validation)}`));
    await page.getByText(`set ${state.best.set + 1} of 3, iteration ${state.best.iteration}`).waitFor();
    await button(page, 'Use the best').click();
    const [fee] = best['constant-weight.fee'];
    await expect.poll(() => exactly(page, 'Fee')).toBe(sixDigits(fee));
    const [first, second] = best['constant-weight.weights'];
    expect(await exactly(page, 'Weights, SYNA')).toBe(sixDigits(first));
    expect(await exactly(page, 'Weights, SYNB')).toBe(sixDigits(second));

    const pool = page.getByRole('combobox', { name: 'Kind of pool' });
    await pool.selectOption('stableswap');
    await page
      .getByText('The best set is of another pool than that of the sliders, which have no Weights, SYNA')
      .waitFor();
    expect(await button(page, 'Use the best').isDisabled()).toBe(true);
    await pool.selectOption('constant-weight');
    await page.getByText('The best set is of another pool').waitFor({ state: 'detached' });
    expect(await button(page, 'Use the best').isEnabled()).toBe(true);

    for (const name of [/^Fee/, /^Weights/]) {
      await page.locator('legend').getByRole('button', { name }).click();
      await page.getByRole('checkbox', { name: 'trained' }).last().uncheck();
      await page.locator('legend').getByRole('button', { name }).click();
    }
    await button(page, 'Train').click();
    await shown(page, /^Failed before the first iteration$/);
    const frozen = page.getByText(/^train: every parameter is frozen .*; tick “trained” at one$/);
    await frozen.waitFor();
    // it is not even made ready
    await fill(page, { 'Window days': 1000 });
    await button(page, 'Train').click();
    await frozen.waitFor({ state: 'detached' });
    await shown(page, /^Failed before the first iteration$/);
    expect(complaints).toEqual([]);
    await close();
  });

  it('stands still while it is paused, and goes on; what was stopped goes on too', async () => {
    const { page, complaints, close } = await visit(browser, host.url);
    await tab(page, 'Train');
    await fill(page, { Iterations: 5000, 'Window days': 2 });
    await page.getByText('More', { exact: true }).click();
    await fill(page, { Patience: 0 });
    await button(page, 'Train').click();
    await button(page, 'Pause').click();
    await shown(page, /^Paused/);
    const before = await line(page).textContent();
    await page.waitForTimeout(400);
    expect(await line(page).textContent()).toBe(before);
    await button(page, 'Resume').click();
    await shown(page, /^Training/);
    await button(page, 'Stop').click();
    await shown(page, /^Done \(stopped/);
    const done = async () => Number(/: (\d+) of 5000/.exec((await line(page).textContent()) ?? '')?.[1]);
    const stopped = await done();
    expect(stopped).toBeLessThan(5000);
    await button(page, 'Go on').click();
    await shown(page, /^Training/);
    await button(page, 'Stop').click();
    await shown(page, /^Done \(stopped/);
    expect(await done()).toBeGreaterThanOrEqual(stopped);
    expect(complaints).toEqual([]);
    await close();
  });

  it('draws a map whose points are those of roll-outs, and puts them on the sliders', async () => {
    const { page, complaints, close } = await visit(browser, host.url);
    await tab(page, 'Map');
    await page
      .getByTestId('map-line')
      .filter({ hasText: /^33 × 33 points[^;]*$/ })
      .waitFor();
    const map = page.getByRole('group', { name: /^Map:/ });
    await map.focus();
    // the best point, or beside it where that is a corner
    for (const key of ['Home', 'ArrowLeft', 'ArrowDown', 'Shift+ArrowLeft']) await page.keyboard.press(key);
    const point = await page.getByTestId('map-point').textContent();
    await page.keyboard.press('Enter');
    const [fee, weight] = [await exactly(page, 'Fee'), await exactly(page, 'Weights, SYNA')];
    const own = { fee: { value: fee, train: true }, weights: { value: [weight, 1 - weight] } };
    const here = await session({ pool: own });
    const { windows, windowRows } = here.windows.training();
    const [value] = here.rollout.value(here.initial, windows, windowRows).objective;
    here.rollout.dispose();
    expect(point).toMatch(/^Weights, SYNA .*, Fee .*: /);
    expect(point).toContain(`${METRIC} ${formatMetric(METRIC, value)}`);

    // by the locator, which waits until the picture stands still
    const picture = map.locator('.picture');
    const { width, height } = (await picture.boundingBox())!;
    await picture.click({ position: { x: 0.4 * width, y: 0.5 * height } });
    await expect.poll(() => exactly(page, 'Weights, SYNA')).not.toBe(weight);
    await page.getByText('The map as a table', { exact: true }).click();
    expect(await page.locator('.wide tbody tr').count()).toBe(9);
    expect(complaints).toEqual([]);
    await close();
  });

  it('fits any width, and every control has a name', async () => {
    for (const width of [390, 1600]) {
      const { page, complaints, close } = await visit(browser, host.url, { viewport: { width, height: 900 } });
      await tab(page, 'Train');
      await fill(page, { Iterations: 2, Sets: 2, 'Window days': 2 });
      await page.getByText('More', { exact: true }).click();
      await button(page, 'Train').click();
      await shown(page, /^Done/);
      expect([await overflow(page), await nameless(page)]).toEqual([0, []]);
      await tab(page, 'Map');
      await page.getByTestId('map-point').waitFor();
      await page.getByText('Axes, fineness, device', { exact: true }).click();
      expect([await overflow(page), await nameless(page), complaints]).toEqual([0, [], []]);
      await close();
    }
  });
});
