/**
 * Floor 5. Export `hmm-solidity`: IHMM.Pool at scale 1e18, with a sidecar for what the struct has no room for (fees,
 * dynamic curvature, κ of each asset, price scale) and a summary for people. hmm-struct.ts has the algebra.
 */
import { z } from 'zod';
import { UserError } from '../errors.js';
import { digitWarnings, type Stored } from './digits.js';
import { header, headerSchema, integerText, readDocument, writeDocument } from './document.js';
import type { Exporter, ExportOptions, ExportResult } from './exporter.js';
import { fromFixedPoint, toFixedPoint, WAD } from './fixed-point.js';
import { checkStruct, fromStruct, type HmmStruct, isolatedKappas, toStruct } from './hmm-struct.js';
import { summarise } from './hmm-summary.js';
import { checkPool, type TunedHmm, type TunedPool } from './pool.js';
import { tunedForm } from './resimulate.js';
import { unusedTemplate } from './template.js';

const kinds = ['hmm'] as const;
const FORMAT = 'poolgrad/hmm-solidity';
/** Error of ρ beyond which rounding is worth a warning: the price changes by about as much. */
const LOUD_RHO_ERROR = 1e-9;

const integers = z.array(integerText);
const fileSchema = z.strictObject({
  ...headerSchema(FORMAT),
  summary: z.array(z.string()),
  scale: z.literal(WAD.toString()),
  assets: z.array(z.string().min(1)),
  pool: z.strictObject({ psi: integers, theta: integers, kappa: integerText, lambda: integerText, weights: integers }),
  sidecar: z.strictObject({
    fees: z.strictObject({ marketFee: integerText, riskFee: integerText, alpha: integerText, feeBurn: integerText }),
    kappas: integers,
    priceScale: z.array(z.number()),
  }),
  simulation: z.strictObject({ value: z.number(), weights: z.array(z.number()) }),
});

function exportHmm(pool: TunedPool, options: ExportOptions): ExportResult {
  const op = 'export hmm-solidity';
  checkPool(op, pool, kinds);
  const hmm = pool.hmm!;
  const struct = toStruct(op, hmm);
  const text = writeDocument({
    ...header(FORMAT, pool),
    summary: summarise(pool, hmm),
    scale: WAD,
    assets: pool.assets,
    pool: struct,
    sidecar: {
      fees: {
        marketFee: toFixedPoint(hmm.marketFee),
        riskFee: toFixedPoint(hmm.riskFee),
        alpha: toFixedPoint(hmm.alpha),
        feeBurn: toFixedPoint(hmm.feeBurn),
      },
      kappas: isolatedKappas(struct),
      priceScale: hmm.priceScale,
    },
    simulation: { value: pool.value, weights: pool.weights },
  });
  const quantised = readHmm(op, text);
  return {
    text,
    placeholders: [],
    warnings: [
      ...unusedTemplate('hmm-solidity', options.template),
      ...contractWarnings(hmm, quantised.hmm!),
      ...digitWarnings(storedNumbers(pool, hmm, struct)),
    ],
    notes: conventions(pool, hmm, struct),
    quantised,
  };
}

/** The numbers that are stored, by the names of the file. What rounding does to rho has a warning of its own. */
function storedNumbers({ assets }: TunedPool, hmm: TunedHmm, { psi, theta }: HmmStruct): Stored[] {
  const { marketFee, riskFee, alpha, feeBurn } = hmm;
  return [
    ...assets.flatMap((name, i): Stored[] => [
      [`psi of ${name}`, hmm.psi[i] * hmm.priceScale[i], psi[i]],
      [`theta of ${name}`, hmm.theta[i], theta[i]],
    ]),
    ...Object.entries({ marketFee, riskFee, alpha, feeBurn }).map(
      ([name, x]): Stored => [`fees.${name}`, x, toFixedPoint(x)],
    ),
  ];
}

/** What a contract must do beyond the struct to be the pool that was simulated. */
function contractWarnings(hmm: TunedHmm, quantised: TunedHmm): string[] {
  const warnings: string[] = [];
  if (hmm.w.length > 1) {
    warnings.push(
      'the struct has one kappa: the contract must keep the kappa of each asset (sidecar.kappas); with the sum alone, credits can be moved between assets for a free gain',
    );
  }
  if (hmm.alpha > 0) {
    warnings.push(
      'alpha is above 0: whenever the contract changes lambda it must set kappa to H of the reserves, in small steps; otherwise any caller can take the difference',
    );
  }
  if (hmm.riskFee > 0 && hmm.priceScale.some((s) => s !== hmm.priceScale[0])) {
    warnings.push(
      'price scales differ: the risk fee takes its norms over compute in its own units, so the contract must divide psi by sidecar.priceScale first',
    );
  }
  const error = Math.max(...hmm.rho.map((r, i) => (r === 0 ? 0 : Math.abs(quantised.rho[i] / r - 1))));
  if (error > LOUD_RHO_ERROR) {
    warnings.push(`rounding to 1e-18 changes rho by up to ${error.toPrecision(2)} of its value`);
  }
  return warnings;
}

/** How the struct's numbers relate to the tuned ones. */
function conventions(pool: TunedPool, hmm: TunedHmm, struct: HmmStruct): string[] {
  const notes = pool.assets.flatMap((name, i) =>
    hmm.priceScale[i] === 1
      ? []
      : [
          `psi of ${name} counts units of 1/${hmm.priceScale[i]} compute (price scale ${hmm.priceScale[i]}): multiply compute by it going in, and prices by it coming out`,
        ],
  );
  if (struct.weights.some((w, i) => w !== toFixedPoint(hmm.w[i]))) {
    notes.push('weights are lambda/rho, so that one lambda serves all assets: the same pool with other kappas');
  }
  notes.push('kappa is rounded down to 1e-18, so the reserves always cover it');
  return notes;
}

function readHmm(op: string, text: string): TunedPool {
  const file = readDocument(op, text, fileSchema);
  const struct: HmmStruct = {
    psi: file.pool.psi.map(BigInt),
    theta: file.pool.theta.map(BigInt),
    kappa: BigInt(file.pool.kappa),
    lambda: BigInt(file.pool.lambda),
    weights: file.pool.weights.map(BigInt),
  };
  checkLengths(op, file.assets.length, { ...file.pool, ...file.sidecar });
  checkStruct(op, struct);
  if (isolatedKappas(struct).join() !== file.sidecar.kappas.join()) {
    throw new UserError(
      `${op}: sidecar.kappas must be H of each asset's reserves (${isolatedKappas(struct).join(', ')}), got ${file.sidecar.kappas.join(', ')}; export the checkpoint again`,
    );
  }
  const { marketFee, riskFee, alpha, feeBurn } = file.sidecar.fees;
  const number = (text: string) => fromFixedPoint(BigInt(text));
  const pool: TunedPool = {
    kind: 'hmm',
    assets: file.assets,
    fee: number(marketFee),
    weights: file.simulation.weights,
    value: file.simulation.value,
    rule: null,
    hmm: {
      ...fromStruct(struct, file.sidecar.priceScale),
      marketFee: number(marketFee),
      riskFee: number(riskFee),
      alpha: number(alpha),
      feeBurn: number(feeBurn),
    },
    provenance: file.provenance,
  };
  checkPool(op, pool, kinds);
  return pool;
}

/** One entry an asset in every array, before the algebra indexes them together. */
function checkLengths(
  op: string,
  n: number,
  arrays: Record<'psi' | 'theta' | 'weights' | 'kappas' | 'priceScale', readonly unknown[]>,
): void {
  for (const field of ['psi', 'theta', 'weights', 'kappas', 'priceScale'] as const) {
    if (arrays[field].length === n) continue;
    throw new UserError(
      `${op}: ${field} must have one entry an asset (${n}), got ${arrays[field].length}; export the checkpoint again`,
    );
  }
}

export const hmmSolidity: Exporter = {
  name: 'hmm-solidity',
  doc: 'IHMM.Pool struct arrays at scale 1e18 with fees in a sidecar and a summary for people',
  kinds,
  form: tunedForm,
  extension: '.json',
  export: exportHmm,
  parse: (text) => readHmm('parse hmm-solidity', text),
};
