/** The study of the papers' claims, in small: verdicts as the page in docs has them, tables against other ways to them. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runStudyPaper } from '../../src/app/study-paper.js';
import { bestSplit } from '../../src/compute/trades.js';
import { type Claim, examine, type Finding, verdictOf } from '../../src/paper/claim.js';
import { claims } from '../../src/paper/claims/index.js';
import { tableOne } from '../../src/paper/claims/table-one.js';
import { oracleRecovery, poolRecoveries } from '../../src/paper/claims/table-two.js';
import { Lab, meanOf } from '../../src/paper/lab.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { blocksOf, root } from '../package/pages.js';

const folder = mkdtempSync(join(tmpdir(), 'poolgrad-paper-'));
const lab = new Lab({ target: wasm, seed: 3, paths: 4 });
afterAll(() => {
  lab.dispose();
  rmSync(folder, { recursive: true });
});

const text = readFileSync(join(root, 'docs/hmm-paper.md'), 'utf8');
/** By id, the verdict that the page has. */
const written = new Map(
  [...text.matchAll(/^\| `([a-z-]+)` \| (?:[^|\\]|\\\|)+ \| ([a-z ]+) \|/gm)].map((m) => [m[1], m[2]]),
);

/** What is measured by a clock is no test. */
const timed = ['quote-latency'];
const quiet = { claims: [], seed: 1, paths: 2, device: 'wasm', json: true, signal: new AbortController().signal };
const only = (id: string) => claims.find((c) => c.id === id) as Claim;

describe('docs/hmm-paper.md', () => {
  it('has a row for every claim', () => {
    expect([...written.keys()]).toEqual(claims.map((c) => c.id));
  });
  it.each(claims.filter((c) => !timed.includes(c.id)).map((c) => [c.id, c] as const))('%s', async (id, claim) => {
    const { verdict, figures, cases, charts } = await examine(claim, lab);
    expect(verdict).toBe(written.get(id));
    expect(cases.length).toBeGreaterThan(0);
    for (const { value, name } of figures) expect(value === null || Number.isFinite(value), name).toBe(true);
    expect(new Set(figures.map((f) => f.name)).size).toBe(figures.length);
    for (const chart of charts) {
      if (chart.kind === 'grid') expect(chart.values).toHaveLength(chart.down.values.length);
    }
  });
});

describe('the first table', () => {
  it('has a pool as steady as the outside price, and an oracle without delay that is never wrong', async () => {
    const [gbm, ou] = await tableOne(lab);
    for (const { outside, pools, oracles } of [gbm, ou]) {
      const steady = meanOf(pools[1].stability.map((x, k) => x - outside[k]));
      expect(Math.abs(steady.mean)).toBeLessThan(0.002);
      expect(Math.max(...oracles[0][0].tracking)).toBeLessThan(1e-12);
      // half of a band of 30 bps, all of it at times
      expect(meanOf(pools[1].tracking).mean).toBeGreaterThan(0.0015);
      expect(meanOf(pools[1].tracking).mean).toBeLessThan(0.003);
    }
    // 7 days of 5 %: E[IL] = −σ²T/8 of constant product, times (1 + ρ)/(1 − ρ), within the error of four paths
    const { mean, error } = meanOf(gbm.pools[0].loss);
    expect(Math.abs(mean + (0.05 ** 2 * 7) / 8)).toBeLessThan(4 * error);
  });
});

/** Minutes to within 5 % after half of the stock has gone, without fees: Ψ′ = s₀(p^η − p^−ε), h fixed; Runge–Kutta. */
function recoveryByEquation(rho: number, units: number): number {
  const h = (x: number, y: number) => x * y + (rho / 2) * (x * x + y * y);
  const level = h(500, 1000);
  const credits = (x: number) =>
    rho === 0 ? level / x : (-x + Math.sqrt(x * x - rho * (rho * x * x - 2 * level))) / rho;
  const price = (x: number) => (credits(x) + rho * x) / (x + rho * credits(x));
  const slope = (x: number) => units * (price(x) ** 1.5 - price(x) ** -1.5);
  let [x, t] = [500, 0];
  const dt = 0.002;
  while (Math.abs(price(x) - 1) > 0.05) {
    const k1 = slope(x);
    const k2 = slope(x + (dt / 2) * k1);
    const k3 = slope(x + (dt / 2) * k2);
    x += (dt / 6) * (k1 + 2 * k2 + 2 * k3 + slope(x + dt * k3));
    t += dt;
  }
  return t;
}

describe('the second table', () => {
  it('is that of the flows alone, in continuous time', async () => {
    const found = await poolRecoveries(lab);
    for (const rho of [0, 0.05, 0.5]) {
      const one = found.find((p) => p.rho === rho && p.units === 20);
      // steps of .01 minutes, supply before demand in each
      expect(Math.abs((one?.stock ?? 0) - recoveryByEquation(rho, 20))).toBeLessThan(0.06);
    }
  });
  it('has an oracle that takes about L + (1 − .05/(1 − p*))·W', () => {
    const [delay, window] = [15, 30];
    const part = 0.05 / (0.5 ** (-1 / 3) - 1);
    const { onset, end } = oracleRecovery(delay, window, 20);
    expect(Math.abs((onset ?? 0) - (delay + window * (1 - part * 0.5 ** (-1 / 3))))).toBeLessThan(1.5);
    expect(Math.abs((end ?? 0) - (delay + window * (1 - part)))).toBeLessThan(1.5);
    expect(oracleRecovery(15, 30, 20, 100).fill).toBeCloseTo(0.5, 2);
  });
});

describe('verdicts', () => {
  it('follow the cases', () => {
    const at = (...holds: boolean[]) => holds.map((x, k) => ({ at: `${k}`, holds: x }));
    expect(verdictOf(at(true, true))).toBe('holds');
    expect(verdictOf(at(false, false))).toBe('does not hold');
    expect(verdictOf(at(true, false))).toBe('holds where');
  });
  it('are those of figures: a fee that is not superlinear is not split', () => {
    const v = { rho: 0.05, scale: 1, psi: 1000, theta: 1000 };
    const profit = (parts: number, risk: number) => bestSplit(v, 1.3, parts, { market: 0.003, risk }).profit;
    expect(profit(100, 2)).toBeGreaterThan(2 * profit(1, 2));
    // fees stay in the pool, so parts pay a little for those before
    expect(profit(100, 0)).toBeLessThanOrEqual(profit(1, 0));
  });
});

interface Document {
  readonly claims: readonly Finding[];
}

/** A run into a file of that folder. */
async function run(options: Partial<Parameters<typeof runStudyPaper>[0]>) {
  const out = join(folder, `page-${Math.random()}.html`);
  const { text, json } = await runStudyPaper({ ...quiet, out, ...options });
  return { text, findings: (json as Document).claims, page: existsSync(out) ? readFileSync(out, 'utf8') : '' };
}

describe('study hmm-paper', () => {
  it('writes one page that needs nothing else, with each claim, and the same figures again', async () => {
    const ids = ['recovery', 'capital-efficiency', 'lp-shares'];
    const first = await run({ only: ids });
    // in the order of the list
    expect(first.findings.map((f) => f.id)).toEqual(['capital-efficiency', 'recovery', 'lp-shares']);
    for (const id of ids) expect(first.page).toContain(`id="${id}"`);
    expect(first.page).toContain("default-src 'none'");
    expect(first.page.replaceAll('http://www.w3.org/', '')).not.toMatch(/(src|href)="https?:|<link|@import/);
    expect(first.page).not.toContain('NaN');
    expect(first.text).toContain('lp-shares           holds where');
    const again = await run({ only: ids });
    expect(again.findings).toEqual(first.findings);
    const other = await run({ only: ['capital-efficiency'], seed: 2 });
    expect(other.findings[0].figures).not.toEqual(first.findings[0].figures);
  });

  it('takes claims of one’s own, as the docs have it', async () => {
    const path = join(folder, 'my-claim.mjs');
    const [block] = blocksOf({ path: 'docs/hmm-paper.md', text }).filter((b) => b.file === 'my-claim.mjs');
    writeFileSync(path, block.code.replace('poolgrad/study', join(root, 'dist/src/entries/study.js')));
    const { text: shown, findings, page } = await run({ claims: [path], only: ['deep-enough'] });
    expect(shown).toContain('deep-enough  holds where ρ = 0.5');
    expect(findings[0].figures[0].value).toBeCloseTo(1 / 99, 10);
    expect(page).toContain('Buying 1 % of the stock costs less than 50 bps');
    const all = await run({ claims: [path], only: ['lp-shares', 'deep-enough'] });
    expect(all.findings).toHaveLength(2);
  });

  it('refuses what is no claim, ids that are taken or unknown', async () => {
    const file = (name: string, code: string) => {
      writeFileSync(join(folder, name), code);
      return join(folder, name);
    };
    await expect(run({ only: ['lp-share'] })).rejects.toThrow(
      /--only: expected some of quote-latency, .* got 'lp-share'/,
    );
    await expect(run({ claims: [join(folder, 'none.mjs')] })).rejects.toThrow(/there is no such file/);
    await expect(run({ claims: [file('a.mjs', 'export default { id: "x" };')] })).rejects.toThrow(/sentence: a text/);
    const taken = `export default { ...${JSON.stringify({ ...only('lp-shares') })}, run: () => null };`;
    await expect(run({ claims: [file('b.mjs', taken)] })).rejects.toThrow(
      /an id of its own was expected, got 'lp-shares'/,
    );
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(run({ signal: controller.signal })).rejects.toThrow(/got an interruption/);
  });
});
