/**
 * Floor 5. Export `hmm-solidity` of a compute market: an IHMM.Pool for each resource, at scale 1e18, with the fees and the
 * curvature law of the market beside them. hmm-struct.ts has the algebra.
 *
 * A pool a resource, and not one of all: the struct has one κ, under which credits can be moved between resources for a free gain.
 */
import { z } from 'zod';
import { UserError } from '../errors.js';
import { digitWarnings, type Stored } from './digits.js';
import { integerText, readDocument, writeDocument } from './document.js';
import { fromFixedPoint, toFixedPoint, WAD } from './fixed-point.js';
import { checkStruct, fromStruct, type HmmStruct, toStruct } from './hmm-struct.js';
import type { TunedHmm } from './pool.js';
import type { SystemProvenance } from './system.js';

const FORMAT = 'poolgrad/hmm-solidity-market';
const OP = 'export hmm-solidity';

/** What a market is deployed with: numbers of its pools by resource, and of all of them. */
export interface TunedMarket {
  readonly resources: readonly string[];
  readonly rho: readonly number[];
  readonly priceScale: readonly number[];
  /** Effective compute and credits. */
  readonly psi: readonly number[];
  readonly theta: readonly number[];
  readonly marketFee: number;
  readonly riskFee: number;
  readonly burn: number;
  readonly treasuryShare: number;
  /** ρ(1 + α·v + β_u·util); null where the curvature stays. */
  readonly law: { readonly alpha: number; readonly utilisation: number; readonly target: readonly number[] } | null;
  /** The settings of the market that a contract must follow. */
  readonly rules: { readonly riskScope: string; readonly riskFeeBase: string; readonly burnBase: string };
}

const integers = z.array(integerText);
const struct = z.strictObject({
  psi: integers,
  theta: integers,
  kappa: integerText,
  lambda: integerText,
  weights: integers,
});
const schema = z.strictObject({
  format: z.literal(FORMAT),
  formatVersion: z.literal(1),
  provenance: z.unknown(),
  summary: z.array(z.string()),
  scale: z.literal(WAD.toString()),
  pools: z.array(z.strictObject({ resource: z.string().min(1), priceScale: z.number(), pool: struct })).min(1),
  fees: z.strictObject({
    marketFee: integerText,
    riskFee: integerText,
    burn: integerText,
    treasuryShare: integerText,
  }),
  curvature: z.strictObject({ alpha: integerText, utilisation: integerText, target: integers }).nullable(),
  rules: z.strictObject({ riskScope: z.string(), riskFeeBase: z.string(), burnBase: z.string() }),
});

const hmmOf = (m: TunedMarket, i: number): TunedHmm => ({
  w: [1],
  rho: [m.rho[i]],
  priceScale: [m.priceScale[i]],
  psi: [m.psi[i]],
  theta: [m.theta[i]],
  marketFee: m.marketFee,
  riskFee: m.riskFee,
  alpha: m.law?.alpha ?? 0,
  feeBurn: m.burn,
});

const FEES = ['marketFee', 'riskFee', 'burn', 'treasuryShare'] as const;

export interface MarketExport {
  readonly text: string;
  /** Read back from the text. */
  readonly quantised: TunedMarket;
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/** Throws a UserError where a number does not survive 1e-18, or no contract could hold it. */
export function exportMarket(m: TunedMarket, provenance: SystemProvenance): MarketExport {
  const structs = m.resources.map((name, i) => toStruct(`${OP}: ${name}`, hmmOf(m, i)));
  const text = writeDocument({
    format: FORMAT,
    formatVersion: 1,
    provenance,
    summary: summaryOf(m),
    scale: WAD,
    pools: m.resources.map((resource, i) => ({ resource, priceScale: m.priceScale[i], pool: structs[i] })),
    fees: Object.fromEntries(FEES.map((name) => [name, toFixedPoint(m[name])])),
    curvature:
      m.law === null
        ? null
        : {
            alpha: toFixedPoint(m.law.alpha),
            utilisation: toFixedPoint(m.law.utilisation),
            target: m.law.target.map((x) => toFixedPoint(x)),
          },
    rules: m.rules,
  });
  const stored: Stored[] = [
    ...m.resources.flatMap((name, i): Stored[] => [
      [`psi of ${name}`, m.psi[i] * m.priceScale[i], structs[i].psi[0]],
      [`theta of ${name}`, m.theta[i], structs[i].theta[0]],
    ]),
    ...FEES.map((name): Stored => [`fees.${name}`, m[name], toFixedPoint(m[name])]),
  ];
  return {
    text,
    quantised: parseMarket(text),
    notes: notesOf(m),
    warnings: [...digitWarnings(stored), ...warningsOf(m)],
  };
}

function summaryOf(m: TunedMarket): string[] {
  const short = (x: number) => Number(x.toPrecision(6));
  return [
    `Compute market of ${m.resources.join(', ')}: a Hamiltonian pool for each`,
    ...m.resources.map(
      (name, i) =>
        `${name}: ρ ${short(m.rho[i])}, centred at ${short(m.priceScale[i])}; holds ${short(m.psi[i])} compute and ${short(m.theta[i])} credits`,
    ),
    `Fees: ${short(100 * m.marketFee)} % of what is paid in, and ${short(m.riskFee)} times the part of the pool that a trade takes; ${short(100 * m.burn)} % of the ${m.rules.burnBase === 'total' ? 'fees are' : 'market fee is'} burned`,
    m.law === null
      ? 'Curvature: constant'
      : `Curvature: ρ·(1 + ${short(m.law.alpha)} × mean daily flow + ${short(m.law.utilisation)} × utilisation)`,
  ];
}

function notesOf(m: TunedMarket): string[] {
  return [
    ...m.resources.flatMap((name, i) =>
      m.priceScale[i] === 1
        ? []
        : [
            `psi of ${name} counts units of 1/${m.priceScale[i]} compute: multiply compute by it going in, and prices by it coming out`,
          ],
    ),
    'each resource is a pool of its own, with its own kappa, rounded down to 1e-18',
  ];
}

/** What a contract must do beyond the structs. */
function warningsOf({ law, rules }: TunedMarket): string[] {
  return [
    ...(law !== null && (law.alpha > 0 || law.utilisation > 0)
      ? [
          'the curvature moves: whenever the contract changes lambda it must set kappa to H of the reserves; otherwise any caller can take the difference',
        ]
      : []),
    ...(rules.riskScope === 'pool'
      ? ['riskScope is pool: the risk fee is of the norm over all pools in credits, so one contract must see them all']
      : []),
    ...(rules.riskFeeBase === 'block'
      ? ['riskFeeBase is block: the contract must keep what each block has traded so far']
      : []),
  ];
}

/** Throws a UserError for a text that is no such file, or whose integers are no pools. */
export function parseMarket(text: string): TunedMarket {
  const op = 'parse hmm-solidity';
  const file = readDocument(op, text, schema);
  const number = (x: string) => fromFixedPoint(BigInt(x));
  const pools = file.pools.map(({ resource, priceScale, pool }) => {
    const given: HmmStruct = {
      psi: pool.psi.map(BigInt),
      theta: pool.theta.map(BigInt),
      kappa: BigInt(pool.kappa),
      lambda: BigInt(pool.lambda),
      weights: pool.weights.map(BigInt),
    };
    if ([given.psi, given.theta, given.weights].some((list) => list.length !== 1)) {
      throw new UserError(
        `${op}: ${resource}: one entry was expected in psi, theta and weights; export the checkpoint again`,
      );
    }
    checkStruct(`${op}: ${resource}`, given);
    return { resource, ...fromStruct(given, [priceScale]) };
  });
  const { curvature } = file;
  const [marketFee, riskFee, burn, treasuryShare] = FEES.map((name) => number(file.fees[name]));
  return {
    resources: pools.map((p) => p.resource),
    rho: pools.map((p) => p.rho[0]),
    priceScale: pools.map((p) => p.priceScale[0]),
    psi: pools.map((p) => p.psi[0]),
    theta: pools.map((p) => p.theta[0]),
    ...{ marketFee, riskFee, burn, treasuryShare },
    law:
      curvature === null
        ? null
        : {
            alpha: number(curvature.alpha),
            utilisation: number(curvature.utilisation),
            target: curvature.target.map(number),
          },
    rules: file.rules,
  };
}
