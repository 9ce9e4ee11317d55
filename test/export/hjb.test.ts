/** Export `hjb`: makers trained by the command's own code, their law read back from JSON and from Rust, and simulated again. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExport } from '../../src/app/index.js';
import { type HjbDocument, hjbDocument, hjbWarnings, parseHjb, steppedWorthOf, worthOf } from '../../src/export/hjb.js';
import { hjbRust } from '../../src/export/hjb-rust.js';
import { steppedOptimum } from '../../src/makers/discrete-optimum.js';
import { longRun } from '../../src/makers/long-run.js';
import { singleAsset } from '../../src/makers/problem.js';
import { training } from '../app/setup.js';

const folder = mkdtempSync(join(tmpdir(), 'hjb-export-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rustc = spawnSync('rustc', ['--version']).status === 0;
if (!rustc) console.warn('export hjb: its Rust is not compiled, there is no rustc');

const options = (checkpoint: string) => ({ checkpoint, to: 'hjb', strict: false, json: false });

describe('a trained table', () => {
  const out = join(folder, 'maker.json');
  let text = '';
  let document: HjbDocument;
  beforeAll(async () => {
    const set = ['train.iterations=60', 'train.sets=1', 'run.device=wasm', 'run.threads=1'];
    await training({ config: 'configs/maker.yaml', out, set });
    ({ text } = await runExport(options(out)));
    document = parseHjb(readFileSync(join(folder, 'maker.hjb.json'), 'utf8'));
  }, 60_000);

  it('is read back to the bit and worth nearly the optimum of its market', () => {
    const market = { ...document.market, qMin: -8, qMax: 8, minOffset: undefined };
    const best = longRun(singleAsset(market), 8).value;
    const value = worthOf(document)!;
    // trained in steps of 100 ms, and not to the end
    expect(value / best).toBeGreaterThan(0.998);
    expect(value).toBeLessThan(best);
    const stepped = steppedOptimum({ ...market, qMin: -8, qMax: 8 }).value;
    expect(steppedWorthOf(document)! / stepped).toBeGreaterThan(0.999);
    expect(steppedWorthOf(document)!).toBeLessThan(stepped);
    expect(text).toContain(`worth ${value.toPrecision(9)} a second in its market, rounding costs 0`);
    expect(document.law.bid[0][0][16]).toBeNull();
    expect(document.law.ask[0][0][0]).toBeNull();
  });
  it('says of the market what the framework’s structs can', () => {
    expect(document.regimes).toEqual([
      {
        lambda_base: 1.5,
        phi: 0.02,
        taker_fee_bps: 0,
        beta: expect.closeTo(2 * document.midPrice * 1e-4, 12),
        lob_imbalance: 0.5,
      },
    ]);
    expect(document.midPrice).toBeCloseTo(100, 9);
    expect(document.TuningParams).toBeNull();
    expect(hjbWarnings(document)).toEqual([expect.stringMatching(/TuningParams is null/)]);
  });
  it('is replaced by a new export, and by nothing else', async () => {
    await expect(runExport(options(out))).resolves.toBeDefined();
    writeFileSync(join(folder, 'maker.hjb.rs'), 'fn mine() {}\n');
    await expect(runExport(options(out))).rejects.toThrow(/text, which an export would replace/);
    rmSync(join(folder, 'maker.hjb.rs'));
  });
  it.skipIf(!rustc)('compiles as Rust, and quotes what the JSON says', () => {
    const source = `${hjbRust(document)}
fn main() {
    for q in [-9.0, -8.0, -3.2, 0.0, 5.0, 8.0] {
        let c = quote(0, 0.5, q);
        println!("{} {} {}", c.bid_offset_bps, c.ask_offset_bps, c.taker_sell_rate);
    }
}
`;
    const [file, binary] = ['law.rs', 'law'].map((name) => join(folder, name));
    writeFileSync(file, source);
    const built = spawnSync('rustc', ['--edition', '2021', '-A', 'dead_code', '-D', 'warnings', '-o', binary, file], {
      encoding: 'utf8',
    });
    expect(built.stderr).toBe('');
    const bp = document.midPrice * 1e-4;
    const at = (xs: readonly (number | null)[], i: number) => (xs[i] === null ? 'NaN' : String(xs[i]! / bp));
    const { bid, ask } = document.law;
    const wanted = [0, 0, 5, 8, 13, 16].map((i) => `${at(bid[0][0], i)} ${at(ask[0][0], i)} 0`);
    expect(spawnSync(binary, { encoding: 'utf8' }).stdout.trim().split('\n')).toEqual(wanted);
  });
});

describe('other laws', () => {
  const provenance = {
    checkpoint: 'c',
    version: '0',
    created: 'now',
    choice: { step: 1, split: 'train' as const, value: 0 },
  };
  const market = {
    lambdaBid: [1.5, 0.5],
    lambdaAsk: [1.5, 0.9],
    kappaBid: [2],
    kappaAsk: [2],
    phi: [0.005, 0.03],
    rates: [0.05, 0.1],
    takerCost: [0.07],
  };
  const settings = { policy: 2, qMin: -4, qMax: 4, states: 2, leastOffset: -1e9, maxPosition: 4 };
  const coefficients = {
    base: [40],
    skew: [1.2],
    adverse: [0.5],
    urgencyThreshold: [0.3],
    liquidationRate: [5],
    minSpreadRatio: [0.2],
    pointsOf: [100],
    signal_0: [-1],
    signal_1: [1],
  };
  const input = {
    assets: ['COIN'],
    settings,
    value: { ...market, ...coefficients },
    midPrice: 100,
    horizon: 30,
    dt: 0.2,
    provenance,
  };

  it('the heuristic keeps its coefficients by the framework’s names, and takes', () => {
    const d = hjbDocument(input);
    expect(d.TuningParams).toMatchObject({
      skew_adjustment_factor: 1.2,
      liquidation_rate_multiplier: 5,
      adverse_selection_lambda: 0.1,
    });
    expect([d.half_spread_bps, d.max_absolute_position_size, d.regimes.length]).toEqual([40, 4, 2]);
    expect(d.law.take[0][0]).toEqual([
      3.5,
      ...new Array(2).fill(expect.any(Number)),
      0,
      0,
      0,
      ...new Array(2).fill(expect.any(Number)),
      3.5,
    ]);
    expect(d.regimes[1].lob_imbalance).toBeCloseTo(0.9 / 1.4, 14);
    expect(worthOf(d)).toEqual(expect.any(Number));
    expect(hjbRust(d)).toContain('pub const HALF_SPREAD_BPS: f64 = 40.0;');
  });
  it('a file that does not fit together is refused', () => {
    const d = hjbDocument(input);
    const broken = { ...d, regimes: d.regimes.slice(1) };
    expect(() => parseHjb(JSON.stringify(broken))).toThrow(/law and regimes must have 2 states/);
    expect(() => parseHjb('{}')).toThrow(/parse hjb/);
  });
});
