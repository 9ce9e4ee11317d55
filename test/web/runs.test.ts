/** The runs of a folder in the page, as `poolgrad ui` serves it: checkpoints, trainings while they run, reports side by side. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEvaluate } from '../../src/app/evaluate.js';
import { saveDataset } from '../../src/data/dataset-file.js';
import { formatMetric } from '../../src/evaluate/report/format.js';
import { loadCheckpoint } from '../../src/train/checkpoint-file.js';
import { FEES, MOMENTUM, prices, trainedIn, training } from '../app/setup.js';
import { startIn } from '../cli/run.js';
import {
  executable,
  launch,
  nameless,
  overflow,
  type Served,
  servedFolder,
  servedStatic,
  typed,
  visit,
} from './browser.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-runs-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Figures {
  readonly headline: { readonly metric: string; readonly value: number };
}

const runsOf = async (page: Page) => {
  await page.getByRole('button', { name: 'Runs' }).click();
  return page.getByRole('main');
};

describe.skipIf(executable === null)('the page with a folder', () => {
  let browser: Browser;
  let served: Served;
  const evaluated: Record<string, Figures> = {};

  beforeAll(async () => {
    for (const [name, config] of [
      ['a', MOMENTUM],
      ['b', FEES],
    ] as const) {
      const checkpoint = await trainedIn(folder, name, config);
      const { json } = await runEvaluate({ checkpoint, out: checkpoint.replace('.json', '.html'), json: true });
      evaluated[name] = json as Figures;
    }
    browser = await launch();
    served = await servedFolder(folder);
  });
  afterAll(async () => {
    await browser?.close();
    await served?.end();
  });

  it('shows its checkpoints, prices and configs, at any width, in light and dark', async () => {
    for (const width of [390, 1600]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const { page, complaints, close } = await visit(browser, served.url, {
          viewport: { width, height: 900 },
          colorScheme,
        });
        const runs = await runsOf(page);
        const { state } = await loadCheckpoint(join(folder, 'a.json'));
        const row = runs.getByRole('row').filter({ hasText: 'a.json' });
        await row.waitFor();
        const text = await row.innerText();
        expect(text).toContain('tfmm + momentum on A, B');
        expect(text).toContain(formatMetric('returns', state.best.validation));
        expect(text).toContain(`finished, ${state.iteration} iterations`);
        for (const name of ['prices.arrow', 'a.yaml', 'b.yaml']) {
          await runs.getByRole('row').filter({ hasText: name }).waitFor();
        }
        await runs.getByRole('checkbox', { name: 'a.json side by side' }).check();
        await runs.getByRole('heading', { name: 'a.json', exact: true, level: 2 }).waitFor();
        expect([await overflow(page), await nameless(page), complaints]).toEqual([0, [], []]);
        expect(await page.evaluate('crossOriginIsolated')).toBe(true);
        await close();
      }
    }
  });

  it('puts two side by side: figures, what differs, reports in a sandbox', async () => {
    const { page, complaints, close } = await visit(browser, served.url);
    const runs = await runsOf(page);
    for (const name of ['a', 'b']) await runs.getByRole('checkbox', { name: `${name}.json side by side` }).check();
    const figures = runs.getByRole('table', { name: 'Figures, on the test splits of the reports' });
    const cellsOf = async (table: typeof figures, name: string) => {
      const row = table.getByRole('row').filter({ has: page.getByRole('rowheader', { name, exact: true }) });
      return row.getByRole('cell').allInnerTexts();
    };
    const shown = ['a', 'b'].map((name) => formatMetric('returns', evaluated[name].headline.value));
    await expect.poll(() => cellsOf(figures, 'Return')).toEqual(shown);
    const differing = runs.getByRole('table', { name: 'What differs in their configs' });
    await expect.poll(() => cellsOf(differing, 'pool.kind')).toEqual(['tfmm', 'constant-weight']);
    for (const name of ['a', 'b']) {
      const report = page.frameLocator(`iframe[title="Report of ${name}.json"]`);
      expect(await report.locator('.hero .figure').innerText()).toBe(
        formatMetric('returns', evaluated[name].headline.value),
      );
    }
    const frames = page.frames().filter((frame) => frame.url().includes('/reports/'));
    expect(await Promise.all(frames.map((frame) => frame.evaluate('origin')))).toEqual(['null', 'null']);
    expect(complaints).toEqual([]);
    await page.getByRole('link', { name: 'alone' }).first().click();
    expect(await page.locator('.hero .figure').innerText()).toBe(shown[0]);
    expect(complaints).toEqual([]);
    await close();
  });

  it('opens a checkpoint with its prices in the page', async () => {
    const { page, complaints, close } = await visit(browser, served.url);
    const runs = await runsOf(page);
    await runs.getByRole('button', { name: 'Open b.json', exact: true }).click();
    const fee = page.getByRole('textbox', { name: 'Fee, exact', exact: true });
    await fee.waitFor();
    const { state, layout } = await loadCheckpoint(join(folder, 'b.json'));
    const column = layout
      .slice(
        0,
        layout.findIndex(({ name }) => name.endsWith('.fee')),
      )
      .reduce((n, { size }) => n + size, 0);
    // fees are trained as logits
    const best = 1 / (1 + Math.exp(-state.best.raw[column]));
    await expect.poll(() => fee.inputValue()).toBe(String(Number(best.toPrecision(6))));
    await page.getByText('rows of 9 days').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('opens what is whole after something that was not', async () => {
    const { page, complaints, close } = await visit(browser, served.url);
    await page.getByRole('button', { name: 'Files', exact: true }).click();
    const bad = { name: 'bad.json', mimeType: 'application/json', buffer: Buffer.from('{}') };
    await page.locator('.drop input').setInputFiles(bad);
    await page.getByRole('alert').getByText('bad.json').waitFor();
    const runs = await runsOf(page);
    await runs.getByRole('button', { name: 'Open prices.arrow', exact: true }).click();
    await page.getByText('14400 rows of 1m, 2024-01-01').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('goes on with a checkpoint to the figures of the command line, on its own prices only', async () => {
    const out = join(mkdtempSync(join(folder, '.goes-on-')), 'on.json');
    await training({ resume: join(folder, 'b.json'), out, set: ['train.iterations=9', 'train.validateEvery=2'] });
    const { state } = await loadCheckpoint(out);
    const { page, complaints, close } = await visit(browser, served.url);
    const runs = await runsOf(page);
    await runs.getByRole('button', { name: 'Open b.json', exact: true }).click();
    const fee = page.getByRole('textbox', { name: 'Fee, exact', exact: true });
    await fee.waitFor();
    const panel = (name: string) =>
      page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name, exact: true }).click();
    await panel('Train');
    const goOn = page.getByRole('button', { name: 'Go on with b.json' });
    await page.getByText('All 4 iterations of b.json are done').waitFor();
    expect(await goOn.isDisabled()).toBe(true);
    // where the sliders are makes no difference
    await typed(fee, '0.05');
    await page.locator('summary').filter({ hasText: /^More/ }).click();
    await typed(page.getByRole('textbox', { name: 'Validate every', exact: true }), '2');
    await typed(page.getByRole('textbox', { name: 'Iterations', exact: true }), '9');
    await page.getByText('b.json stands at iteration 4 of 9.').waitFor();
    expect([await overflow(page), await nameless(page)]).toEqual([0, []]);
    await goOn.click();
    const line = page.getByTestId('training-line');
    await line.filter({ hasText: /^Done .*: 9 of 9 iterations/ }).waitFor();
    expect(await line.innerText()).toContain(`validation ${formatMetric('returns', state.best.validation)}`);
    await page.getByText(`set ${state.best.set + 1} of 2, iteration ${state.best.iteration}`).waitFor();
    await page.getByText('train.iterations: 9 in place of 4').waitFor();
    const cores = Number(await page.evaluate('navigator.hardwareConcurrency'));
    expect(await page.locator('.device-line').innerText()).toContain(cores === 1 ? 'one thread' : `${cores} threads`);

    await saveDataset(join(dirname(out), 'others.arrow'), prices(8));
    await panel('Files');
    const drop = page.locator('.drop input').last();
    await drop.setInputFiles(join(dirname(out), 'others.arrow'));
    await page.getByText('14400 rows of 1m').first().waitFor();
    await drop.setInputFiles(join(folder, 'b.json'));
    await page.getByText('on another dataset than the one trained on').first().waitFor();
    await panel('Train');
    await page.getByText('b.json was trained on other prices').waitFor();
    expect(await goOn.isDisabled()).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });

  it('goes on with a checkpoint whose patience is used up once there is more of it', async () => {
    const out = join(mkdtempSync(join(folder, '.patience-')), 'still.json');
    const still = ['learningRate=1e-30', 'schedule=constant', 'validateEvery=1', 'patience=2', 'iterations=9'];
    await training({ config: join(folder, 'b.yaml'), out, set: still.map((entry) => `train.${entry}`) });
    expect((await loadCheckpoint(out)).state.iteration).toBe(2);
    const { page, complaints, close } = await visit(browser, served.url);
    const runs = await runsOf(page);
    await runs.getByRole('button', { name: 'Open prices.arrow', exact: true }).click();
    await page.getByText('14400 rows of 1m').waitFor();
    await page.getByRole('button', { name: 'Files', exact: true }).click();
    await page.locator('.drop input').last().setInputFiles(out);
    await page.getByText('still.json: its set is on the sliders').first().waitFor();
    await page.getByRole('button', { name: 'Train', exact: true }).first().click();
    const goOn = page.getByRole('button', { name: 'Go on with still.json' });
    await page.getByText('its last 2 validations were no better than that of iteration 0, and 2 are allowed').waitFor();
    expect(await goOn.isDisabled()).toBe(true);
    await page.locator('summary').filter({ hasText: /^More/ }).click();
    await typed(page.getByRole('textbox', { name: 'Patience', exact: true }), '4');
    await page.getByText('still.json stands at iteration 2 of 9.').waitFor();
    await goOn.click();
    const line = page.getByTestId('training-line');
    await line.filter({ hasText: /^Done \(validation no longer rose, .*: 4 of 9 iterations/ }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('shows a training as it goes on, is killed, goes on again and is stopped', async () => {
    const { page, complaints, close } = await visit(browser, served.url);
    const runs = await runsOf(page);
    const live = runs.getByRole('article', { name: 'Training of live.json' });
    const iteration = async () => Number((await live.innerText()).match(/iteration (\d+) of/)?.[1] ?? -1);
    const until = async (isSo: () => Promise<boolean>) => {
      while (!(await isSo())) await page.waitForTimeout(50);
    };
    const long = ['train.iterations=1000000', 'train.patience=0', 'train.validateEvery=3'];
    const args = ['train', 'a.yaml', '--out', 'live.json', ...long.flatMap((entry) => ['--set', entry])];
    const first = startIn(folder, ...args);
    await live.getByText('running').waitFor();
    const before = await iteration();
    await until(async () => (await iteration()) > before + 3);
    await live.getByRole('img', { name: /^Validation: .* at iteration 0, .* at iteration \d+$/ }).waitFor();
    first.kill('SIGKILL');
    await first.ended;
    await live.getByText('cut off', { exact: true }).waitFor();
    await live.getByText('poolgrad train --resume live.json').waitFor();
    const saved = (await loadCheckpoint(join(folder, 'live.json'))).state.iteration;
    await live.getByText(`goes on from iteration ${saved}.`).waitFor();
    const again = startIn(folder, 'train', '--resume', 'live.json');
    await live.getByText('running').waitFor();
    await until(async () => (await iteration()) > saved);
    // what was before it is on its curves
    await live.getByRole('img', { name: /^Objective: .* at iteration 0, / }).waitFor();
    again.kill('SIGINT');
    expect((await again.ended).code).toBe(130);
    await live.waitFor({ state: 'detached' });
    const { state } = await loadCheckpoint(join(folder, 'live.json'));
    await runs
      .getByRole('row')
      .filter({ hasText: `stopped at ${state.iteration} of 1000000` })
      .waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  it('says so once the server is gone', async () => {
    const own = await servedFolder(folder);
    const { page, close } = await visit(browser, own.url);
    const runs = await runsOf(page);
    await runs.getByRole('checkbox', { name: 'a.json side by side' }).waitFor();
    await own.end();
    await runs.getByRole('alert').getByText('poolgrad ui does not answer').waitFor();
    await close();
  });

  it('has none on a static host, and asks for none', async () => {
    const host = await servedStatic();
    const { page, complaints, close } = await visit(browser, host.url);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.reload();
    const runs = await runsOf(page);
    await runs.getByText('This page has no folder.').waitFor();
    expect(asked).toContain(host.url);
    expect([asked.filter((url) => url.includes('/api/')), complaints]).toEqual([[], []]);
    await close();
    await host.end();
  });
});
