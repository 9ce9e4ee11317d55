/** Floor 3, compute market. Its parameters, by its settings: those of the pools, of tokens, of each worker and job class. */
import type { Parameter, Parameters } from '../../src/rollout/model.js';
import { identity, sigmoid } from '../../src/rollout/transforms.js';
import { hmm } from '../pools/hmm.js';
import type { Chosen } from './settings.js';

type Given = Pick<Parameter, 'default' | 'unit' | 'doc'> & Partial<Parameter>;

/** A number of the world: nothing that is trained, as it is given. */
const world = (p: Given): Parameter => ({
  shape: 'scalar',
  transform: identity,
  range: [0, 1e15],
  trainable: false,
  ...p,
});
const byResource = (p: Given): Parameter => world({ shape: 'asset', ...p });
const share = (p: Omit<Given, 'unit'>): Parameter => world({ range: [0, 1], unit: '1', ...p });

const CREDITS = 'credits';
const TOKENS = 'tokens';
const UNITS = 'units';
const PER_MINUTE = '1/minute';

/** Pools with a pull to a target inventory. */
const pulled: Parameters = {
  pull: byResource({
    range: [1e-6, 0.999],
    transform: sigmoid,
    unit: '1',
    default: 0.25,
    trainable: true,
    needsFlow: true,
    doc: 'fixed price π, of priceScale: H = xy + π(x − x̄)², λ = 2π·s·q̄²; prices stay above it',
  }),
  target: byResource({
    range: [1e-9, 1e15],
    unit: UNITS,
    default: 1000,
    doc: 'inventory q̄ of the pull, of a pool as at the start',
  }),
};

/** Curves and fees: what is trained. */
function pools(s: Chosen): Parameters {
  const { rho, priceScale, marketFee, riskFee } = hmm.parameters({ centre: s.centre });
  return {
    ...(s.curve === 1
      ? pulled
      : { rho: { ...rho, doc: 'curvature ρ of each pool: 0 constant product, towards 1 constant sum' } }),
    priceScale: { ...priceScale, trainable: true },
    marketFee,
    riskFee: { ...riskFee, doc: 'λ_r: the fee grows by λ_r·r/Ψ with the trade' },
    ...(s.dynamicCurvature === 1
      ? {
          alpha: {
            ...world({
              unit: 'day',
              default: 0,
              doc: 'answer of the curvature to mean daily flow: ρ(1 + α·v + β·util)',
            }),
            trainable: true,
            needsFlow: true as const,
          },
          utilisation: {
            ...world({ unit: '1', default: 0, doc: 'answer of the curvature to utilisation, β_u' }),
            trainable: true,
            needsFlow: true as const,
          },
          target: byResource({ unit: UNITS, default: 1000, doc: 'compute Ψ̄ at which utilisation is 0' }),
          memory: world({ range: [1e-3, 1e4], unit: 'days', default: 7, doc: 'memory of the mean flow' }),
        }
      : {}),
  };
}

const stocks = (s: Chosen): Parameters => ({
  compute0: byResource({ unit: UNITS, default: s.workers === 0 ? 1000 : 0, doc: 'stock at the start, from outside' }),
  ...(s.start === 0 ? { credits: byResource({ unit: CREDITS, default: 1000, doc: 'credits at the start' }) } : {}),
  ...(s.reference === 1
    ? { referencePrice: byResource({ unit: CREDITS, default: 1, doc: 'price compared with' }) }
    : {}),
  expiry: world({
    unit: PER_MINUTE,
    default: 0,
    doc: 'rate δ at which unsold compute expires; it is perishable, so 0 is a choice',
  }),
});

const tokens: Parameters = {
  rate: world({ range: [1e-9, 1e9], unit: 'credits/token', default: 1, doc: 'credits that a token is locked for' }),
  burn: share({ default: 0.25, doc: 'part ζ of the fee that is burned' }),
  treasuryShare: share({ default: 0.2, doc: 'part τ of what is left that goes to the treasury' }),
  outside: world({ range: [-1e15, 1e15], unit: TOKENS, default: 1e6, doc: 'tokens in wallets at the start' }),
  treasury: world({ unit: TOKENS, default: 1000, doc: 'tokens of the treasury at the start' }),
  emission: world({ unit: 'tokens/block', default: 0, doc: 'tokens minted a block of 2 s' }),
  toValidators: share({ default: 0.35, doc: 'part of the emission' }),
  toWorkers: share({ default: 0.5, doc: 'part of the emission' }),
  toCurators: share({ default: 0.1, doc: 'part of the emission; the treasury has the rest' }),
  bonus: share({ default: 0.1, doc: 'bonus ρ_b of a passed part, of its value times the reliability' }),
  slash: share({ default: 0.5, doc: 'part σ_s of the bond that a failed part costs' }),
  bondRatio: world({ unit: '1', default: 0.5, doc: 'bond k_b of a part, of its value' }),
  verified: share({ default: 1, doc: 'share ν of parts that are checked' }),
};

const supply = (s: Chosen): Parameters =>
  s.workers === 0
    ? {}
    : {
        supplyElasticity: world({ unit: '1', default: 1.5, doc: 'η: supply ∝ (p/P)^η' }),
        leastReliability: share({ default: 0.3, doc: 'workers below it are denied' }),
        ...(s.reliability === 1 ? { forget: share({ default: 0, doc: 'part of the evidence forgotten a step' }) } : {}),
        ...(s.reliability === 2 ? { smoothing: share({ default: 0.1, doc: 'weight of one settled job' }) } : {}),
      };

const worker = (j: number): Parameters => ({
  [`compute${j}`]: byResource({ unit: UNITS, default: 1000, doc: `stock at the start, of worker class ${j}` }),
  [`supply${j}`]: byResource({
    unit: 'units/minute',
    default: 0.7,
    doc: `supply of class ${j} at the reference price`,
  }),
  [`passes${j}`]: world({ unit: '1', default: 9, doc: `evidence α for class ${j} at the start` }),
  [`fails${j}`]: world({ unit: '1', default: 1, doc: `evidence β against class ${j} at the start` }),
  [`truth${j}`]: share({ default: 0.9, doc: `true probability that a part of class ${j} passes` }),
  [`bond${j}`]: world({ unit: TOKENS, default: 500, doc: `bond of class ${j}` }),
});

const jobClass = (s: Chosen, c: number): Parameters => ({
  [`require${c}`]: byResource({ unit: UNITS, default: 2, doc: `what a job of class ${c} needs` }),
  [`arrivals${c}`]: world({ unit: PER_MINUTE, default: 10, doc: `potential jobs Λ of class ${c}` }),
  [`limit${c}`]: world({
    range: [1e-9, 1e9],
    unit: '1',
    default: 0.8,
    doc: `cost, of the reference, below which all of class ${c} accept`,
  }),
  [`elasticity${c}`]: world({ unit: '1', default: 15, doc: `ε of class ${c}: accepted ∝ (cost/limit)^−ε` }),
  [`duration${c}`]: world({ range: [1e-6, 1e9], unit: 'minutes', default: 10, doc: `mean duration of class ${c}` }),
  ...(s.usage === 1
    ? { [`usage${c}`]: share({ default: 1, doc: `part of what it bought that class ${c} uses` }) }
    : {}),
});

const counted = (n: number, of: (k: number) => Parameters): Parameters =>
  Object.assign({}, ...Array.from({ length: n }, (_, k) => of(k + 1)));

/** One κ for all pools. */
const joint: Parameters = {
  weight: byResource({ range: [1e-9, 1e9], unit: '1', default: 1, doc: 'weight of each pool in the κ that all share' }),
  jointPart: world({
    unit: PER_MINUTE,
    default: 0.01,
    doc: 'part of the credits of the other pools that is moved into one',
  }),
};

/** Liquidity that comes by expected free energy. */
const routing: Parameters = {
  budget: world({ unit: 'credits/minute', default: 1, doc: 'worth of the liquidity that comes' }),
  sharpness: world({ range: [0, 1e6], unit: '1', default: 4, doc: 'β of the weights softmax(β·EFE)' }),
  costWeight: world({
    range: [0, 1e6],
    unit: '1',
    default: 0.1,
    doc: 'weight λ_c of costs in the expected free energy',
  }),
};

const expert = (k: number): Parameters => ({
  [`expert${k}`]: share({ default: 0.9, doc: `how often expert ${k} is right about a part` }),
});

export const parameters = (s: Chosen): Parameters => ({
  ...pools(s),
  ...stocks(s),
  ...supply(s),
  ...counted(s.workers, worker),
  ...counted(s.classes, (c) => jobClass(s, c)),
  ...(s.classes === 0
    ? {}
    : { cap: share({ default: 0.5, doc: 'most of a pool that the jobs of a class buy in a step' }) }),
  ...counted(s.experts, expert),
  ...(s.kappa === 1 ? joint : {}),
  ...(s.routing === 1 ? routing : {}),
  ...tokens,
});
