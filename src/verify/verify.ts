/** Floor 5. Reference cases on a target: the largest error of every field, against its tolerance. */
import { arbitrageCaseProgram } from '../../kernels/pools/cases.js';
import { HMM_CASE_INPUTS, hmmCaseProgram } from '../../kernels/pools/hmm/cases.js';
import { own } from '../config/registry.js';
import { type Dataset, selectAssets } from '../data/dataset.js';
import { UserError } from '../errors.js';
import type { Program } from '../graph/index.js';
import type { Outputs, SynchronousTarget } from '../targets/target.js';
import { challengeReports } from './amm-challenge.js';
import type { ArbitrageCase, Cases, HmmCase, TfmmCase } from './cases.js';
import { COMPUTE_KINDS } from './compute/index.js';
import { type Deviation, deviation } from './deviation.js';
import { MAKER_KINDS } from './makers.js';
import { compare, type NamedCase, type NamedCheck } from './named.js';
import { PRICE_KINDS } from './prices.js';
import { unsupported, verifyTfmm } from './tfmm.js';

/** float32 targets: single precision is 6e-8; a roll-out of tens of thousands of steps adds up rounding. */
const FLOAT32 = { step: 1e-4, rollout: 5e-3, gradient: 5e-2 };

/** Kinds that cases may name. */
const NAMED: Readonly<Record<string, NamedCheck>> = {
  ...PRICE_KINDS,
  ...MAKER_KINDS,
  ...COMPUTE_KINDS,
  // of a maker's path, which has offsets, or of a compute market
  metrics: (c, target) => (Object.hasOwn(c.inputs, 'bidOffset') ? MAKER_KINDS : COMPUTE_KINDS).metrics(c, target),
};

export interface CaseReport {
  readonly name: string;
  /** Why it was not run, or null. */
  readonly skipped: string | null;
  readonly deviations: readonly Deviation[];
}

/** Runs all cases of a file. TFMM cases need `prices`, the dataset that they speak of. */
export function verifyCases(cases: Cases, prices: Dataset | null, target: SynchronousTarget): CaseReport[] {
  if (cases.kind === 'arbitrage') return [...arbitrageReports(cases.cases, target)];
  if (cases.kind === 'hmm') return [hmmReport(cases.cases, target)];
  if (cases.kind === 'amm-challenge') {
    return [...challengeReports(cases.cases, target)].map((r) => ({ ...r, skipped: null }));
  }
  if (cases.kind === 'named') return cases.cases.map((c) => namedReport(c, target));
  if (prices === null) {
    throw new UserError('verify: TFMM cases speak of a price file; name it with --prices prices.arrow', 2);
  }
  return cases.cases.map((c, i) => tfmmReport(c, i, prices, target));
}

function tfmmReport(c: TfmmCase, index: number, prices: Dataset, target: SynchronousTarget): CaseReport {
  const name = `case ${index}: ${c.rule}, ${c.assets.length} assets, chunk ${c.chunk_period}, ${c.interpolation}`;
  const skipped = unsupported(c);
  if (skipped !== null) return { name, skipped, deviations: [] };
  if (prices.rows < c.rows) {
    throw new UserError(
      `verify: ${c.rows} rows of prices were expected for ${name}, got ${prices.rows}; name the file that the cases were made with`,
    );
  }
  const deviations = verifyTfmm(c, selectAssets(prices, c.assets), target);
  return { name, skipped: null, deviations: target.exact ? deviations : deviations.map(singlePrecision) };
}

function namedReport(c: NamedCase, target: SynchronousTarget): CaseReport {
  const name = `${c.id} (${c.kind})`;
  const check = own(NAMED, c.kind);
  if (check === undefined) return { name, skipped: `cases of the kind ${c.kind} are not built in`, deviations: [] };
  return { name, skipped: null, deviations: compare(c, target, check(c, target)) };
}

/** The tolerance of a float32 target for a field that a float64 target must meet more tightly. */
function singlePrecision(d: Deviation): Deviation {
  const tolerance = d.field.startsWith('gradient') ? FLOAT32.gradient : FLOAT32.rollout;
  return { ...d, tolerance };
}

function run(
  program: Program,
  target: SynchronousTarget,
  inputs: Readonly<Record<string, readonly number[]>>,
): Outputs {
  const buffers = Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, Float64Array.from(v)]));
  const sets = Math.min(...Object.values(inputs).map((v) => v.length));
  const executable = target.compile(program, { threads: 1 });
  const outputs = executable.run({ sets, windows: 1, run: {}, window: {}, buffers });
  executable.dispose();
  return outputs;
}

/** [columns][S] from one array a case. */
const transposed = (rows: readonly (readonly number[])[]): number[] =>
  (rows[0] ?? []).flatMap((_, column) => rows.map((row) => row[column]));

function* arbitrageReports(all: readonly ArbitrageCase[], target: SynchronousTarget): Generator<CaseReport> {
  for (const n of [...new Set(all.map((c) => c.reserves.length))].sort((a, b) => a - b)) {
    const cases = all.filter((c) => c.reserves.length === n);
    const out = run(arbitrageCaseProgram(n), target, {
      reserves: transposed(cases.map((c) => c.reserves)),
      weights: transposed(cases.map((c) => c.weights)),
      prices: transposed(cases.map((c) => c.prices)),
      gamma: cases.map((c) => c.gamma),
    });
    // relative to the pool's value: profits are flat at the optimum, amounts are worth their price
    const worth = cases.map((c) => c.reserves.reduce((sum, r, i) => sum + r * c.prices[i], 0));
    const tolerance = target.exact ? 1e-9 : FLOAT32.step;
    const scaled = (i: number, x: number) => x / worth[i];
    yield {
      name: `${cases.length} arbitrages of ${n} assets`,
      skipped: null,
      deviations: [
        deviation(
          'profit',
          cases.map((_, i) => scaled(i, out.profit[i])),
          cases.map((c, i) => scaled(i, c.profit)),
          tolerance,
          1,
        ),
        deviation(
          'trades',
          cases.flatMap((c, i) => c.prices.map((p, k) => scaled(i, out.delta[k * cases.length + i] * p))),
          cases.flatMap((c, i) => c.prices.map((p, k) => scaled(i, c.delta[k] * p))),
          target.exact ? 1e-8 : FLOAT32.step,
          1,
        ),
      ],
    };
  }
}

function hmmReport(cases: readonly HmmCase[], target: SynchronousTarget): CaseReport {
  const inputs = Object.fromEntries(HMM_CASE_INPUTS.map((name) => [name, cases.map((c) => c[name])]));
  const out = run(hmmCaseProgram(), target, inputs);
  const sides = { buy: 1, sell: -1 } as Readonly<Record<string, number>>;
  const exact = target.exact;
  const fields = (['price', 'kappa', 'psiOut', 'effectiveInForOut'] as const).map((field) =>
    deviation(
      field,
      [...out[field]],
      cases.map((c) => c[field]),
      exact ? 1e-12 : FLOAT32.step,
    ),
  );
  const trading = cases.flatMap((c, i) => (c.arbitrage.side === 'none' ? [] : [{ i, ...c.arbitrage }]));
  const worth = cases.map((c) => c.psi * c.outsidePrice + c.theta);
  return {
    name: `${cases.length} hmm pools`,
    skipped: null,
    deviations: [
      ...fields,
      deviation(
        'side',
        [...out.side],
        cases.map((c) => sides[c.arbitrage.side] ?? 0),
        0,
        1,
      ),
      deviation(
        'amount',
        trading.map((t) => out.amount[t.i]),
        trading.map((t) => t.amount),
        exact ? 1e-8 : 1e-2,
      ),
      deviation(
        'profit',
        cases.map((_, i) => out.profit[i] / worth[i]),
        cases.map((c, i) => c.arbitrage.profit / worth[i]),
        exact ? 1e-12 : FLOAT32.step,
        1,
      ),
    ],
  };
}
