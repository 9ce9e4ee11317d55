// The report as a document: what stands where, what is escaped, what happens to missing parts. No pictures compared.
import { createHash } from 'node:crypto';
import { parseHTML } from 'linkedom';
import { beforeAll, describe, expect, it } from 'vitest';
import { figuresOf } from '../../src/evaluate/report/figures.js';
import { type ReportData, renderReport } from '../../src/evaluate/report/index.js';
import { sampleReport } from './report-data.js';

const parse = (text: string) => parseHTML(text).document as unknown as Page;
/** The little of the DOM that these tests read (the project compiles without DOM types). */
interface Node {
  textContent: string;
  outerHTML: string;
  childNodes: Node[];
  children: Node[];
  getAttribute(name: string): string | null;
  querySelector(selector: string): Node | null;
  querySelectorAll(selector: string): Node[];
}
type Page = Node;

const render = async (change: (data: ReportData) => void = () => {}, days = 60, minutesPerRow = 60) => {
  const data = sampleReport(days, minutesPerRow);
  change(data);
  const text = await renderReport(data);
  return { data, text, page: parse(text) };
};
const titles = (page: Page) => [...page.querySelectorAll('h2')].map((h) => h.textContent);
const rowsOf = (page: Page, table: string) =>
  [...page.querySelectorAll(`table.${table} tbody tr`)].map((tr) => [...tr.children].map((c) => c.textContent.trim()));

/** Where a figure that is none was printed. */
const oddities = (text: string) =>
  text.replace(/<script\b.*<\/script>/s, '').match(/.{0,80}(NaN|Infinity|undefined).{0,20}/g) ?? [];

describe('a whole report', () => {
  let report: Awaited<ReturnType<typeof render>>;
  beforeAll(async () => {
    report = await render();
  });

  it('stands alone: one document, one script, no request, none allowed', () => {
    const { text, page } = report;
    expect(text.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
    // the other is a block of data
    expect(text.match(/<script\b[^>]*>/g)).toEqual(['<script type="application/json" id="figures">', '<script>']);
    expect(text).not.toMatch(
      /<link|<img|<iframe|<object|<embed|<form|<base|\ssrc=|\son\w+=|javascript:|url\(|@import|https?:/,
    );
    const policy = page.querySelector('meta[http-equiv="Content-Security-Policy"]')!.getAttribute('content');
    const script = text.match(/<script>(.*)<\/script>/s)![1];
    const hash = createHash('sha256').update(script).digest('base64');
    expect(policy).toBe(
      `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`,
    );
  });

  it('has its figures as a block of data, which no text of theirs ends', async () => {
    const { text, data } = await render((given) => {
      given.rows[1].name = '</script><script>alert(1)</script>';
      given.rows[1].metrics.returns = Number.NaN;
    });
    const { headline, rows } = figuresOf(text)!;
    expect(headline).toEqual({ metric: data.headline.metric, value: data.headline.value });
    expect(rows.map(({ name }) => name)).toEqual(data.rows.map(({ name }) => name));
    expect(rows[0].values).toEqual(data.rows[0].metrics);
    expect(rows[1].values.returns).toBe(null);
    expect(text.match(/<script\b/g)).toHaveLength(2);
    expect(figuresOf(text.replace('poolgrad-figures', 'another'))).toBe(null);
    expect(figuresOf('<html></html>')).toBe(null);
  });

  it('opens with the held-out figure, before any baseline', () => {
    const { page, data } = report;
    expect(page.querySelector('.hero .figure')!.textContent).toBe(data.headline.value!.toFixed(2).replace('-', '−'));
    expect(page.querySelector('.hero .overline')!.textContent).toBe('Held-out test split');
    expect(page.querySelector('.window')!.textContent).toBe('18 Apr 2018 – 30 Apr 2018 12 days');
    expect(page.querySelector('.choice')!.textContent).toBe(
      'Set 3 of 16 at iteration 120 was chosen on the validation split (Daily log Sharpe 1.84); the test split played no part in it.',
    );
  });

  it('names the pool under the assets, and both in the title', () => {
    const { page, data } = report;
    expect(page.querySelector('.subtitle')!.textContent).toBe(`${data.pool} · 2 warnings`);
    expect(page.querySelector('title')!.textContent).toBe(`${data.title} · ${data.pool} · poolgrad`);
  });

  it('says what the parameters were chosen by where that is not the plain metric on validation', async () => {
    const { page } = await render((data) => {
      data.choice = { ...data.choice, split: 'train', penalty: '0.1 × turnover', over: 'worst window' };
    });
    expect(page.querySelector('.choice')!.textContent).toBe(
      'Set 3 of 16 at iteration 120 was chosen on the train split (Daily log Sharpe less 0.1 × turnover, worst window 1.84), since no rows were set apart for validation; the test split played no part in it.',
    );
  });

  it('has its sections in reading order', () => {
    expect(titles(report.page)).toEqual([
      'Beside the baselines',
      'Value over time',
      'Value relative to HODL',
      'Weights',
      'Fees earned',
      'Drawdown',
      'Training',
      'Parameters',
      'Every metric',
      'Facts',
      'Warnings',
    ]);
  });

  it('compares all strategies and keeps the restarted pool apart', () => {
    const rows = rowsOf(report.page, 'comparison');
    expect(rows.map(([name]) => name.split('\n')[0])).toEqual([
      'Tuned momentum pool',
      'HODL',
      'Uniform HODL',
      'Constant weights',
      'Best fixed fee30 bps, of a grid of 9',
      'Tuned, restartedstarted afresh at the first row of the test split',
    ]);
    expect(report.page.querySelectorAll('.apart .best')).toHaveLength(0);
  });

  it('draws every chart for a page and for a phone, each described', () => {
    const figures = [...report.page.querySelectorAll('figure')];
    expect(figures.length).toBe(14);
    for (const figure of figures) {
      expect(figure.querySelectorAll('svg.plot')).toHaveLength(2);
      expect(figure.outerHTML).toMatch(/role="img" aria-label="[^"]{10,}"/);
    }
  });

  it('names the lines at their ends and the splits on top', () => {
    const fees = report.page.querySelectorAll('figure.full')[1];
    const picture = fees.querySelector('.wide')!.textContent;
    for (const name of ['Tuned momentum pool', 'Constant weights', 'train', 'validation', 'test']) {
      expect(picture).toContain(name);
    }
    expect(fees.querySelector('.legend.spare.switches')!.textContent).toContain('Constant weights');
  });

  it('names lines in full under charts that leave no room for it', async () => {
    const names = (figure: Node) =>
      figure.querySelectorAll('.legend > span').map((s) => s.childNodes[1].textContent.trim());
    const [value] = report.page
      .querySelectorAll('figure')
      .filter((f) => f.outerHTML.includes('Value of the tuned pool'));
    expect(names(value)).toEqual(report.data.value.lines.map((line) => line.name));
    const long = 'AVeryLongAssetNameWithoutAnySpacesAtAllInIt';
    const { page } = await render((data) => {
      data.composition.series.lines[1].name = long;
    });
    const [weights] = page.querySelectorAll('figure.full');
    expect(weights.querySelector('.legend.spare')).toBeNull();
    expect(names(weights)).toEqual(['BTC', long, 'XRP']);
  });

  it('prints fractions as basis points or percent, other units as they are', () => {
    const rows = rowsOf(report.page, 'parameters');
    expect(rows).toContainEqual(['', '30 bps', '41 bps', '+36.7%', '']);
    expect(rows).toContainEqual(['BTC', '10 days', '6.21 days', '−37.9%', '']);
    expect(rows).toContainEqual(['XRP', '20', '20', 'unchanged', '']);
    expect(rows).toContainEqual(['BTC', '34.00%', '34.00%', 'frozen', '']);
  });

  it('prints a parameter’s sentence as one, its code as code', async () => {
    const { page } = await render((data) => {
      data.parameters = [{ ...data.parameters[0], doc: 'give it or `data calibrate` it' }];
    });
    expect(page.querySelector('.parameters tr.head span')!.outerHTML).toBe(
      '<span>Give it or <code>data calibrate</code> it.</span>',
    );
  });

  it('labels every tick of a logarithmic axis', async () => {
    const { page } = await render((data) => {
      for (const [i, row] of data.training.entries()) row.learningRate = i % 2 === 0 ? 0.05 : 0.0005;
    });
    const chart = page.querySelectorAll('figure').find((f) => f.outerHTML.includes('Learning rate over'));
    const labels = chart!.querySelector('.wide [aria-label="y-axis tick label"]')!.querySelectorAll('text');
    expect(labels.map((l) => l.textContent)).toEqual(['0.0005', '0.001', '0.002', '0.005', '0.01', '0.02', '0.05']);
  });

  it('names the tuned pool beside the fee grid where the curve is not', async () => {
    for (const [fees, anchor] of [
      [[0, 1, 2], 'start'],
      [[2, 1, 0], 'end'],
    ] as const) {
      const { page } = await render((data) => {
        data.headline.value = 2;
        data.feeGrid = fees.map((metric, i) => ({ fee: (i + 1) * 1e-3, metric }));
      });
      const chart = page.querySelectorAll('figure').find((f) => f.outerHTML.includes('tuned pool'));
      expect(chart!.outerHTML.match(/text-anchor="(\w+)"[^>]*>(<[^>]*>)?tuned pool/)![1]).toBe(anchor);
    }
  });

  it('lists facts and warnings, with a pointer to the warnings at the top', () => {
    expect(report.page.querySelectorAll('.facts dt')).toHaveLength(report.data.facts.length);
    expect(report.page.querySelectorAll('.warnings li')).toHaveLength(2);
    expect(report.page.querySelector('header a[href="#warnings"]')!.textContent).toBe('2 warnings');
  });

  it('gives objective and validation an axis of its own each', () => {
    const ticks = (name: string) => {
      const chart = report.page
        .querySelectorAll('figure')
        .find((f) => f.outerHTML.includes(`${name} over the iterations`));
      return chart!.querySelectorAll('.wide [aria-label="y-axis tick label"] text').map((t) => t.textContent);
    };
    expect(ticks('objective on training windows')).not.toEqual(ticks('validation'));
    expect(ticks('validation').length).toBeGreaterThan(2);
  });

  it('says in a sentence what would be bars of one length', async () => {
    const same = async (value: number, count: number) => {
      const { page } = await render((data) => {
        data.sensitivity!.rows = data
          .sensitivity!.rows.slice(0, count)
          .map((row, i) => ({ ...row, value: value + i * 1e-7 }));
        for (const point of data.feeGrid!) point.metric = 2;
      });
      expect(page.querySelectorAll('figure').some((f) => /b\/2|by fixed fee/.test(f.outerHTML))).toBe(false);
      return page.querySelectorAll('p.same').map((p) => p.textContent);
    };
    const grid = 'Daily log Sharpe is 2.00 at every fixed fee that was tried.';
    expect(await same(1.5, 3)).toEqual([grid, 'All three come to the same Daily log Sharpe, 1.50: b/2; b; 2b.']);
    expect(await same(1.5, 2)).toEqual([grid, 'Both come to the same Daily log Sharpe, 1.50: b/2; b.']);
    expect(await same(1.5, 1)).toEqual([grid, 'Daily log Sharpe: 1.50 (b/2).']);
  });

  it('prints no exponents', async () => {
    const { text } = await render((data) => {
      for (const row of data.training)
        Object.assign(row, { gradientNorm: 1.58e-12 * 10 ** (row.iteration % 9), learningRate: 2e-7 });
      data.parameters[1].trained = [1.58e-12, 3e-7, 4e17];
      for (const line of data.fees.lines) line.values = line.values.map((x) => x * 1e-10);
      data.restarted!.metrics.returns = 1.58e-12;
      data.rows[1].metrics.returns = -2.3e-13;
    });
    const body = text.replace(/<(script|style)\b[^>]*>.*?<\/\1>/gs, '').replace(/ d="[^"]*"/g, '');
    expect(body.match(/.{0,40}\d[eE][-+−]?\d.{0,10}/g)).toBeNull();
  });

  it('is the same text for the same data', async () => {
    expect((await render()).text).toBe(report.text);
  });
});

describe('the best of each column', () => {
  const marked = (page: Page) => [...page.querySelectorAll('table.comparison td.best')].map((td) => td.textContent);

  it('is the highest, also among negative figures', async () => {
    const { page } = await render((data) => {
      for (const [i, row] of data.rows.entries()) row.metrics = { returns: -0.1 * (i + 1) };
    });
    expect(marked(page)).toEqual(['−10.00% (best)']);
  });

  it('is shared by figures that print alike', async () => {
    const { page } = await render((data) => {
      for (const [i, row] of data.rows.entries()) row.metrics = { returns: [0.2, 0.200001, 0.1][Math.min(i, 2)] };
    });
    expect(marked(page)).toEqual(['20.00% (best)', '20.00% (best)']);
  });

  it('is nobody where all are alike or only one is known', async () => {
    const { page } = await render((data) => {
      for (const [i, row] of data.rows.entries()) row.metrics = { returns: 0.1, calmar: i === 0 ? 3 : null };
    });
    expect(marked(page)).toEqual([]);
  });
});

describe('the verdict', () => {
  const verdictWith = async (tuned: number | null, ...baselines: (number | null)[]) => {
    const { page } = await render((data) => {
      data.rows = data.rows.slice(0, baselines.length + 1);
      data.headline.value = tuned;
      for (const [i, row] of data.rows.entries()) row.metrics.daily_log_sharpe = i === 0 ? tuned : baselines[i - 1];
    });
    return page.querySelector('.verdict')!.textContent;
  };

  it('says when the tuned pool is ahead, and of what', async () => {
    expect(await verdictWith(2, 1, 0.5)).toBe('Ahead of all 2 baselines; the best of them is HODL at 1.00.');
  });

  it('says as plainly when it is not', async () => {
    expect(await verdictWith(0.7, 1, 0.5)).toBe('Ahead of 1 of 2 baselines, but not of the best: HODL at 1.00.');
    expect(await verdictWith(-2, -1, -0.5)).toBe(
      'Not ahead of any of the 2 baselines; the best of them is Uniform HODL at −0.50.',
    );
    expect(await verdictWith(1, 1)).toContain('Not ahead of the only baseline');
    expect(await verdictWith(2, 1)).toContain('Ahead of the only baseline');
  });

  it('does not count baselines without a figure', async () => {
    expect(await verdictWith(2, null, 0.5)).toContain('only baseline');
    expect(await verdictWith(2, null)).toBe('There is no baseline to compare it with.');
    expect(await verdictWith(null, 1)).toContain('is not defined on this test split');
  });
});

describe('escaping', () => {
  const evil = `<img src=x onerror="alert('1')">&amp;`;

  it('prints every string of the data as text', async () => {
    const { text, page } = await render((data) => {
      for (const key of ['title', 'pool', 'generated', 'version'] as const) data[key] = evil;
      data.headline.metric = evil;
      data.choice.metric = evil;
      data.rows.push({ name: evil, role: 'baseline', metrics: { [evil]: 1 }, note: evil });
      data.restarted = { name: evil, role: 'tuned', metrics: { [evil]: 2 }, note: evil };
      for (const series of [data.value, data.composition.series, data.fees, data.drawdown]) series.lines[0].name = evil;
      data.parameters[0] = { ...data.parameters[0], name: evil, unit: evil, labels: [evil], note: evil, doc: evil };
      data.sensitivity = { name: evil, rows: [{ label: evil, value: 1 }] };
      data.facts = [[evil, evil]];
      data.warnings = [evil];
      data.assets = [evil];
    });
    expect(page.querySelectorAll('img')).toHaveLength(0);
    expect(text).not.toContain('<img');
    expect(page.querySelector('h1')!.textContent).toBe(evil);
    expect(page.querySelector('.warnings li')!.textContent).toBe(evil);
    expect(page.querySelector('.facts dd')!.textContent).toBe(evil);
  });

  it('keeps reserve charts and attributes safe', async () => {
    const { page } = await render((data) => {
      data.composition.kind = 'reserves';
      data.composition.series.lines[0].name = `" onload="alert(1)`;
    });
    expect(page.querySelectorAll('[onload]')).toHaveLength(0);
    expect(page.querySelectorAll('[role="img"]').length).toBeGreaterThan(10);
  });
});

describe('what may be missing', () => {
  it('leaves optional parts out', async () => {
    const { page } = await render((data) => {
      data.restarted = data.feeGrid = data.sensitivity = undefined;
      data.warnings = [];
      data.facts = [];
      data.training = [];
      data.parameters = [];
    });
    expect(titles(page)).toEqual([
      'Beside the baselines',
      'Value over time',
      'Value relative to HODL',
      'Weights',
      'Fees earned',
      'Drawdown',
      'Every metric',
    ]);
    expect(page.querySelector('.apart')).toBeNull();
    expect(page.querySelector('header a')).toBeNull();
  });

  it('says where reserves jump because the pool starts afresh', async () => {
    const leads = async (afresh?: boolean) => {
      const { page } = await render((data) => Object.assign(data, { afresh }));
      return page.querySelectorAll('.lead').map((p) => p.textContent);
    };
    const lead =
      'At each ↻ the pool starts afresh, with what it is worth there: a pool without a rule does so with each split.';
    expect(await leads(true)).toContain(lead);
    expect(await leads()).not.toContain(lead);
  });

  it('leaves out what is relative to a portfolio that is not there, or says that nothing differs from it', async () => {
    const without = await render((data) => {
      data.relativeTo = data.test = undefined;
    });
    expect(titles(without.page).some((title) => title.startsWith('Value relative'))).toBe(false);
    const alike = await render((data) => {
      for (const series of [data.value, data.test!]) {
        series.lines = series.lines.map((line) => ({
          ...line,
          values: series.lines[1].values.map((v) => v * (1 + 1e-12)),
        }));
      }
    });
    expect(alike.page.querySelectorAll('.pair > .none').map((p) => p.textContent)).toEqual([
      'Over all splits: nothing ever differs from HODL.',
      'Over the test split alone: nothing ever differs from HODL.',
    ]);
  });

  it('says that no fees were earned', async () => {
    for (const lines of [[], [{ name: 'Tuned momentum pool', values: new Float64Array(1440) }]]) {
      const { page } = await render((data) => {
        data.fees = { time: data.value.time, lines };
      });
      expect(page.querySelector('section > p.none')!.textContent).toBe('No fees were earned over these rows.');
    }
  });

  it('bears metrics that are null for all', async () => {
    const { page } = await render((data) => {
      data.headline.value = null;
      for (const row of [...data.rows, data.restarted!]) {
        row.metrics = Object.fromEntries(Object.keys(row.metrics).map((name) => [name, null]));
      }
    });
    expect(page.querySelector('.hero .figure')!.textContent).toBe('not defined');
    expect(page.querySelector('.hero figure')).toBeNull();
    expect(page.querySelector('main')!.textContent).toContain('Not defined on this split: Return, Annualised return');
  });

  it('bears a null among figures', async () => {
    const { page } = await render((data) => {
      data.rows[1].metrics.daily_log_sharpe = null;
    });
    expect(rowsOf(page, 'comparison')[1][1]).toBe('–');
    expect(page.querySelector('.hero figure .wide')!.textContent).toContain('not defined');
  });

  it('bears one asset, one row of data, one iteration, no rows of figures', async () => {
    const { text, page } = await render((data) => {
      const cut = (lines: ReportData['value']['lines']) => lines.map((l) => ({ ...l, values: l.values.slice(0, 1) }));
      const time = data.value.time.slice(0, 1);
      data.assets = ['COMPUTE'];
      data.value = { time, lines: cut(data.value.lines) };
      data.composition = { kind: 'reserves', series: { time, lines: cut(data.composition.series.lines.slice(0, 1)) } };
      data.fees = data.drawdown = { time: new Float64Array(), lines: [] };
      data.training = data.training.slice(0, 1);
      data.choice = { ...data.choice, iteration: 0, sets: 1 };
      data.rows = [];
      data.feeGrid = [{ fee: 0, metric: 1 }];
    });
    expect(titles(page)).toContain('Reserves');
    expect(titles(page)).not.toContain('Drawdown');
    expect(page.querySelector('.choice')!.textContent).toMatch(/^Iteration 0, before any step of training, was chosen/);
    expect(page.querySelector('.verdict')!.textContent).toBe('There is no baseline to compare it with.');
    expect(oddities(text)).toEqual([]);
  });

  it('bears gaps and non-finite figures', async () => {
    const { text } = await render((data) => {
      data.value.lines[0].values.fill(Number.NaN, 100, 300);
      data.value.lines[1].values.fill(Number.NaN);
      data.training[3].objective = Number.POSITIVE_INFINITY;
      data.training[4].gradientNorm = Number.NaN;
      data.parameters[0].trained[1] = Number.NaN;
      data.feeGrid![2].metric = Number.NaN;
    });
    expect(oddities(text)).toEqual([]);
  });
});

describe('size', () => {
  it('stays below 1.5 MB for a year of minutes', async () => {
    const { text } = await render(undefined, 365, 1);
    expect(text.length).toBeLessThan(1.5e6);
    expect(text.length).toBeGreaterThan(1e5);
  });
});
