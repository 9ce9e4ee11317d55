/** The page's script: on a document without a browser (what it makes of keys and switches), and in Chromium. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Event, parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatMetric, formatMinute, formatPercent } from '../../src/evaluate/report/format.js';
import { type ReportData, renderReport } from '../../src/evaluate/report/index.js';
import type { Element } from '../../src/evaluate/report/interactive.js';
import { SCRIPT } from '../../src/evaluate/report/script.js';
import { type BrowserPage, chromium, launch } from './chromium.js';
import { sampleReport } from './report-data.js';

type Node = Omit<Element, 'querySelectorAll'> & {
  querySelector(selector: string): Node | null;
  querySelectorAll(selector: string): Node[];
  dispatchEvent(event: Event): void;
  readonly className: string;
};

const EVIL = '<img src=x onerror=alert(1)>';

const sample = (change: (data: ReportData) => void = () => {}) => {
  const data = sampleReport();
  change(data);
  return data;
};

/** A page that its script has run on. */
async function alive(change?: (data: ReportData) => void) {
  const data = sample(change);
  const document = parseHTML(await renderReport(data)).document as unknown as Node;
  new Function('document', SCRIPT)(document);
  const figure = (text: string) => {
    const label = (f: Node) => f.querySelector('.plane')?.getAttribute('aria-label') ?? '';
    return document.querySelectorAll('figure').find((f) => label(f).includes(text))!;
  };
  const planeOf = (text: string) => figure(text).querySelector('.plane')!;
  const press = (plane: Node, key: string) => plane.dispatchEvent(Object.assign(new Event('keydown'), { key }));
  const tip = (plane: Node) => plane.querySelectorAll('.tip > *').map((row) => row.textContent);
  return { data, document, figure, planeOf, press, tip };
}

const VALUE = 'Value of the tuned pool';
const DRAWDOWN = 'Drawdown of';
const TEST = 'Growth of the tuned pool';

describe('the cursor', () => {
  it('is a slider that tells time and figures, printed as in the tables', async () => {
    const { data, planeOf, press, tip } = await alive();
    const plane = planeOf(TEST);
    expect([plane.getAttribute('role'), plane.getAttribute('tabindex')]).toEqual(['slider', '0']);
    press(plane, 'End');
    const { time } = data.test!;
    const figures = data.rows.map((row) => `${row.name}${formatPercent(row.metrics.returns!)}`);
    expect(tip(plane)).toEqual([formatMinute(time[time.length - 1]), ...figures]);
    expect(plane.getAttribute('aria-valuetext')).toContain(`HODL ${formatPercent(data.rows[1].metrics.returns!)}`);
    expect(plane.className).toContain('told');
  });

  it('stands at the same time in all charts that reach there, and in no other', async () => {
    const { data, document, planeOf, press } = await alive();
    press(planeOf(VALUE), 'Home');
    const standing = () =>
      document
        .querySelectorAll('.wide > .plane.at')
        .map((p) => [
          p.getAttribute('aria-label')!.slice(0, 12),
          p.getAttribute('aria-valuetext')!.split(', ').slice(0, 2).join(', '),
        ]);
    const first = formatMinute(data.value.time[0]);
    expect(standing().map(([name, at]) => [name, at === first])).toEqual([
      ['Value of the', true],
      ['Value relati', true],
      ['Weights of B', true],
      ['Fees earned ', true],
      ['Drawdown of ', true],
    ]);
    press(planeOf(VALUE), 'End');
    expect(standing()).toHaveLength(7);
    expect(document.querySelectorAll('.wide > .plane.told')).toHaveLength(1);
    press(planeOf('Learning rate'), 'Home');
    expect(standing().map(([, at]) => at.split(', ')[0])).toEqual([
      'iteration 0',
      'iteration 0',
      'iteration 0',
      'iteration 0',
    ]);
    press(planeOf('Learning rate'), 'Escape');
    expect(standing()).toEqual([]);
  });

  it('goes on by places, tenths, and to the ends', async () => {
    const { planeOf, press } = await alive();
    const plane = planeOf(DRAWDOWN);
    const last = Number(plane.getAttribute('aria-valuemax'));
    const at = (key: string) => {
      press(plane, key);
      return Number(plane.getAttribute('aria-valuenow'));
    };
    expect([at('Home'), at('ArrowLeft'), at('ArrowRight'), at('PageUp'), at('End'), at('ArrowRight'), at('x')]).toEqual(
      [0, 0, 1, 1 + Math.round(last / 10), last, last, last],
    );
  });

  it('reads the fee grid and the training as their tables print them', async () => {
    const { data, planeOf, press, tip } = await alive();
    const grid = planeOf('by fixed fee');
    press(grid, 'Home');
    expect(tip(grid)).toEqual([
      '1 bps',
      `Daily log Sharpe${formatMetric('daily_log_sharpe', data.feeGrid![0].metric)}`,
    ]);
    const validation = planeOf('validation over');
    press(validation, 'End');
    expect(tip(validation)[0]).toBe('iteration 190');
  });

  it('leaves out lines that have no figure there, and what is named badly does no harm', async () => {
    const { document, planeOf, press, tip } = await alive((data) => {
      data.value.lines[1].values.fill(Number.NaN, 0, 300);
      data.value.lines[2].name = EVIL;
    });
    const plane = planeOf(VALUE);
    press(plane, 'Home');
    expect(tip(plane).some((row) => row!.startsWith('HODL'))).toBe(false);
    expect(tip(plane).some((row) => row!.startsWith(EVIL))).toBe(true);
    expect(document.querySelectorAll('img')).toHaveLength(0);
  });
});

describe('the legend', () => {
  it('switches a line off and on in all charts, by buttons that say so', async () => {
    const { document, figure, planeOf, press, tip } = await alive();
    const buttons = document.querySelectorAll('.legend button').filter((b) => b.textContent!.startsWith('HODL'));
    expect(buttons.length).toBe(3);
    const states = () => new Set(buttons.map((b) => b.getAttribute('aria-pressed')));
    const hidden = (name: string) => figure(name).querySelectorAll('.wide svg .off').length;
    expect([...states()]).toEqual(['true']);
    buttons[0].dispatchEvent(new Event('click'));
    expect([...states()]).toEqual(['false']);
    expect([hidden(VALUE), hidden(TEST)]).toEqual([1, 1]);
    // the line and its name
    expect(hidden(DRAWDOWN)).toBe(2);
    press(planeOf(VALUE), 'Home');
    expect(tip(planeOf(VALUE)).map((row) => row!.slice(0, 4))).not.toContain('HODL');
    buttons[2].dispatchEvent(new Event('click'));
    expect([...states()]).toEqual(['true']);
    expect(document.querySelectorAll('svg .off')).toHaveLength(0);
  });

  it('leaves layers that stand on each other alone', async () => {
    const { figure } = await alive();
    expect(figure('Weights of').querySelectorAll('.legend button')).toHaveLength(0);
    expect(figure('Weights of').querySelectorAll('.legend > span')).toHaveLength(3);
  });
});

describe.skipIf(chromium === null)('in Chromium (skipped where none is installed)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'poolgrad-page-'));
  const file = join(folder, 'report.html');
  let page: BrowserPage;
  beforeAll(async () => {
    const long = ['AVeryLongAssetNameWithoutAnySpacesAtAllInIt', 'a'.repeat(60), 'C', 'D', 'E', 'F', 'G', 'H'];
    const data = sample((d) => {
      const [line] = d.composition.series.lines;
      d.composition.series.lines = long.map((name) => ({ name, values: line.values.map(() => 1 / 8) }));
      d.assets = long;
      d.title = long.join(' · ');
      d.parameters[0] = {
        ...d.parameters[0],
        name: `memory.${long[0]}`,
        labels: long,
        initial: long.map(() => 10),
        trained: long.map((_, i) => 10.123 + i),
      };
      d.facts.push(['Long fact', 'f'.repeat(300)]);
      d.warnings.push('w'.repeat(200));
      d.rows[3].note = 'n'.repeat(120);
      d.rows[4].name = 'A strategy with a rather long name';
    });
    writeFileSync(file, await renderReport(data));
    page = await launch();
  });
  afterAll(async () => {
    await page?.close();
    rmSync(folder, { recursive: true });
  });

  it.each([
    [320, 'light'],
    [390, 'dark'],
    [800, 'light'],
    [1600, 'dark'],
  ] as const)('is no wider than %i pixels, in %s, with nothing cut off and nothing to complain of', async (width, scheme) => {
    for (const script of [true, false]) {
      await page.open(file, width, 900, scheme, script);
      expect(page.complaints).toEqual([]);
      expect(await page.ask('document.documentElement.scrollWidth')).toBe(width);
      // text of charts and of the page that reaches over its edge, but for what scrolls in a box of its own
      const over = `[...document.querySelectorAll('body *')]
        .filter((e) => e.getClientRects().length > 0 && !e.closest('.scroll, .unseen'))
        .filter((e) => { const r = e.getBoundingClientRect(); return r.right > innerWidth + 0.5 || r.left < -0.5; })
        .map((e) => e.outerHTML.slice(0, 120))`;
      expect(await page.ask(over)).toEqual([]);
    }
  });

  it('follows the pointer with figures, in all charts of its clock', async () => {
    await page.open(file, 1200, 900);
    await page.ask(
      `document.querySelector('figure[data-readings] .plane[aria-label^="Value of"]').scrollIntoView({ block: 'center' })`,
    );
    const { x, y, width, height } = await page.ask<{ x: number; y: number; width: number; height: number }>(
      `document.querySelector('.wide .plane[aria-label^="Value of"]').getBoundingClientRect().toJSON()`,
    );
    await page.move(x + width / 2, y + height / 2);
    const shown = `[...document.querySelectorAll('.cursor')].filter((c) => c.getClientRects().length > 0).length`;
    expect(await page.ask(shown)).toBe(5);
    const tip = `document.querySelector('.told > .tip')`;
    expect(await page.ask(`${tip}.innerText`)).toMatch(/^\d+ (Mar|Apr) 2018, \d\d:\d\d\n(.|\n)*HODL/);
    const box = await page.ask<{ left: number; right: number }>(`${tip}.getBoundingClientRect().toJSON()`);
    expect(box.left > 0 && box.right < 1200).toBe(true);
    await page.move(5, 5);
    expect(await page.ask(shown)).toBe(0);
  });

  it('keeps tooltips within the picture, on a phone too', async () => {
    await page.open(file, 390, 900);
    const plane = `document.querySelector('.phone .plane[aria-label^="Weights of"]')`;
    await page.ask(`${plane}.scrollIntoView({ block: 'center' })`);
    const { x, y, width } = await page.ask<{ x: number; y: number; width: number }>(
      `${plane}.getBoundingClientRect().toJSON()`,
    );
    for (const share of [0.2, 0.45, 0.55, 0.7, 0.95]) {
      await page.move(x + share * width, y + 50);
      const tip = await page.ask<{ left: number; right: number; width: number }>(
        `${plane}.querySelector('.tip').getBoundingClientRect().toJSON()`,
      );
      expect([tip.width > 100, tip.left >= x - 0.5, tip.right <= x + width + 0.5]).toEqual([true, true, true]);
    }
  });

  it('is worked by keys alone', async () => {
    await page.open(file, 1200, 900);
    const button = `[...document.querySelectorAll('.legend button')].find((b) => b.textContent.startsWith('HODL'))`;
    const drawn = `document.querySelector('.wide .plane[aria-label^="Value of"] svg .line-1').getClientRects().length > 0`;
    expect(await page.ask(drawn)).toBe(true);
    await page.ask(`${button}.focus()`);
    await page.press('Enter');
    expect(await page.ask(drawn)).toBe(false);
    await page.ask(`document.querySelector('.wide .plane[aria-label^="Value of"]').focus()`);
    await page.press('Home');
    expect(
      await page.ask(`document.activeElement.getAttribute('aria-valuetext').startsWith('1 Mar 2018, 00:00')`),
    ).toBe(true);
    const named = await page.ask<string>(`document.querySelector('.told > .tip').innerText`);
    expect(named.split('\n')).toContain('Uniform HODL');
    expect(named.split('\n')).not.toContain('HODL');
  });

  it('runs no script but its own', async () => {
    const attacked = join(folder, 'attacked.html');
    const text = await renderReport(sample());
    writeFileSync(
      attacked,
      text.replace(
        '<main>',
        '<main><script>document.title = "taken"</script><img src="x" onerror="document.title = 1">',
      ),
    );
    await page.open(attacked, 800, 900);
    expect(await page.ask('document.title')).toBe(
      'Momentum pool on three majors, 2018 · TFMM, momentum rule · poolgrad',
    );
    expect(page.complaints.join()).toContain('Content Security Policy');
    expect(await page.ask(`document.documentElement.className`)).toBe('scripted');
  });
});
