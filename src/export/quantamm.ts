/**
 * Floor 5. Export `quantamm`: CreationNewPoolParams of the QuantAMM V1 pool factory, with the rule's parameters and
 * the estimator's state, so that a live pool continues where training ended.
 */
import { z } from 'zod';
import { UserError } from '../errors.js';
import {
  checkCreation,
  creationArguments,
  creationFields,
  feeMessages,
  orderBlock,
  orderFields,
  restorer,
  swapFeeToFixedPoint,
  tokenOrder,
  weightsToFixedPoint,
} from './balancer.js';
import { digitWarnings, type Stored } from './digits.js';
import { header, headerSchema, integerText, readDocument, writeDocument } from './document.js';
import type { Exporter, ExportOptions, ExportResult } from './exporter.js';
import { fromFixedPoint, toFixedPoint, WAD } from './fixed-point.js';
import { checkPool, type TunedPool, type TunedRule } from './pool.js';
import { PACKED_UNIT, packingLoss } from './quantamm-packing.js';
import {
  checkEstimator,
  checkRuleName,
  checkSettings,
  estimatorState,
  MAXIMUM_TRADE_SIZE_RATIO,
  poolSettings,
  readRule,
  secondsOf,
  settingsSchema,
} from './quantamm-settings.js';
import { tunedForm } from './resimulate.js';
import { withStoredEstimator } from './stored-estimator.js';
import { Blanks, isPlaceholder, readTemplate, type Template } from './template.js';

const kinds = ['tfmm'] as const;
const FORMAT = 'poolgrad/quantamm';
/** Time after its interval at which a price still counts as fresh, unless the template says otherwise. */
const STALENESS_SLACK_SECONDS = 3600;
/** perform update 1, get data 2, owner 8, admin 16, direct weights 32: the bits that the factory wants one of */
const REGISTRY_MASK = 1 | 2 | 8 | 16 | 32;
const MAXIMUM_POOL_DETAILS = 50;

/** An integer or its placeholder. */
const openInteger = z.union([integerText, z.string().refine(isPlaceholder)]);

const fileSchema = z.strictObject({
  ...headerSchema(FORMAT),
  scale: z.literal(WAD.toString()),
  ...orderFields,
  params: z.strictObject({
    ...creationFields,
    _initialWeights: z.array(integerText),
    _poolSettings: settingsSchema,
    _initialMovingAverages: z.array(openInteger),
    _initialIntermediateValues: z.array(openInteger),
    _oracleStalenessThreshold: integerText,
    poolRegistry: openInteger,
    poolDetails: z.array(z.array(z.string()).length(4)).max(MAXIMUM_POOL_DETAILS),
  }),
  simulation: z.strictObject({ value: z.number(), rule: z.string(), maxMemoryDays: z.number() }),
  placeholders: z.array(z.string()),
});

type Params = z.output<typeof fileSchema>['params'];

function creationParams(op: string, pool: TunedPool, rule: TunedRule, template: Template, notes: string[]) {
  const { order, warnings } = tokenOrder(op, pool, template);
  // Whole units of 1e-9, so that the weights that the chain stores still sum to 1.
  const weights = weightsToFixedPoint(op, pool, {
    unit: PACKED_UNIT,
    minimum: toFixedPoint(rule.minimumWeight),
    remedy: 'start from weights that keep minimumWeight (initialWeights in the config)',
  });
  const fee = swapFeeToFixedPoint(op, pool, template);
  const blanks = new Blanks();
  const shared = creationArguments(op, pool, template, { order, weights, fee, label: rule.name, blanks });
  const tokens = shared.tokens.map(({ token }) => token);
  const updateInterval = secondsOf(rule.chunkPeriod);
  const params = {
    ...shared,
    _initialWeights: shared.normalizedWeights,
    _poolSettings: poolSettings(pool, rule, template, { order, tokens, blanks, notes }),
    ...estimatorState(pool, rule, order, blanks),
    _oracleStalenessThreshold: BigInt(template.oracleStalenessThreshold ?? updateInterval + STALENESS_SLACK_SECONDS),
    poolRegistry: blanks.fill(template.poolRegistry && BigInt(template.poolRegistry), 'poolRegistry'),
    poolDetails: template.poolDetails ?? [],
  };
  return { params, order, warnings, blanks, fee };
}

/** Where the chain's arithmetic differs from the simulation's, with figures. */
function differences(rule: TunedRule): { notes: string[]; warnings: string[] } {
  const interval = secondsOf(rule.chunkPeriod);
  const largest = Math.min(1, rule.maximumChange * rule.weightInterpolationPeriod);
  const notes = [...new Set([3e-4, 1e-2, largest])]
    .filter((change) => change <= largest)
    .map((change) => packingNote(change, interval));
  notes.push(
    'the estimator starts from its state at the last row of the dataset, in the dataset’s numéraire: the oracles must quote in it, and a fresher dataset gives a fresher state',
  );
  const warnings: string[] = [];
  if (rule.interpolation !== 'linear') {
    warnings.push(`the chain moves weights in a straight line, not by ${rule.interpolation}`);
  }
  if (rule.weightInterpolationPeriod < rule.chunkPeriod) {
    warnings.push(
      `the chain spreads a weight change over the whole update interval (${rule.chunkPeriod} minutes), not over ${rule.weightInterpolationPeriod}`,
    );
  }
  return { notes, warnings };
}

function packingNote(change: number, interval: number): string {
  const { units, lost } = packingLoss(change, interval);
  const shown = Number(change.toPrecision(6));
  const percent = (100 * lost).toFixed(1);
  return `a weight change of ${shown} over ${interval.toLocaleString('en')} s packs to ${units.toLocaleString('en')} units (${percent} % lost)`;
}

/** The rule's numbers as the chain keeps them, by the names of the file. */
function storedNumbers(pool: TunedPool, rule: TunedRule): Stored[] {
  const each = (name: string, values: readonly number[] = []) =>
    values.map((x, i): Stored => [`${name} of ${pool.assets[i]}`, x, toFixedPoint(x)]);
  return [
    ...each('lambda', rule.lambda),
    ...each('κ (ruleParameters)', rule.k),
    ...each('_initialMovingAverages', rule.estimator?.ewma),
    ...each('_initialIntermediateValues', rule.estimator?.a),
    ['absoluteWeightGuardRail', rule.minimumWeight, toFixedPoint(rule.minimumWeight)],
    ['maximumChange (epsilonMax)', rule.maximumChange, toFixedPoint(rule.maximumChange)],
  ];
}

/** The chain keeps the factor (1−λ)³/λ of the gradient in steps of 1e-18: for long memories few digits are left. */
function coarseGradients(rule: TunedRule): string[] {
  return rule.lambda.flatMap((lambda, i) => {
    const step = 1e-18 / ((1 - lambda) ** 3 / lambda);
    if (step < 1e-4) return [];
    return [
      `the chain keeps (1−λ)³/λ of asset ${i} in steps of ${(100 * step).toPrecision(2)} % of its value: train a shorter memory or a longer chunkPeriod`,
    ];
  });
}

function exportQuantamm(pool: TunedPool, options: ExportOptions): ExportResult {
  const op = 'export quantamm';
  checkPool(op, pool, kinds);
  const rule = pool.rule!;
  checkRuleName(op, rule.name);
  const template = readTemplate(op, options.template, pool.assets);
  const told = differences(rule);
  if (template.maxTradeSizeRatio === undefined) {
    told.notes.push(
      `maxTradeSizeRatio is ${MAXIMUM_TRADE_SIZE_RATIO}, the loosest that the factory takes: the simulation limits no trade`,
    );
  }
  const { params, order, warnings, blanks, fee } = creationParams(op, pool, rule, template, told.notes);
  const text = writeDocument({
    ...header(FORMAT, pool),
    scale: WAD,
    ...orderBlock(pool, order),
    params,
    simulation: { value: pool.value, rule: rule.name, maxMemoryDays: rule.maxMemoryDays },
    placeholders: blanks.names,
  });
  // The checks of the chain come before --strict: a pool that cannot be created needs no addresses.
  const quantised = readQuantamm(op, text);
  blanks.refuseIf(options.strict, op);
  const fees = feeMessages(pool, template, fee);
  return {
    text,
    placeholders: blanks.names,
    warnings: [
      ...warnings,
      ...fees.warnings,
      ...told.warnings,
      ...digitWarnings(storedNumbers(pool, rule)),
      ...coarseGradients(quantised.rule!),
    ],
    notes: [...fees.notes, ...told.notes],
    quantised,
  };
}

/** The checks that the factory makes beyond those of every pool and of the rule's settings. */
function checkParams(op: string, params: Params, n: number): void {
  checkSettings(op, params._poolSettings, n);
  checkCreation(op, params, BigInt(params._poolSettings.absoluteWeightGuardRail));
  checkEstimator(op, params._initialMovingAverages, params._initialIntermediateValues);
  if (params._initialWeights.join() !== params.normalizedWeights.join()) {
    throw new UserError(
      `${op}: _initialWeights must equal normalizedWeights, got ${params._initialWeights.join(', ')}; export the checkpoint again`,
    );
  }
  if (params._poolSettings.oracles.length !== n || params._poolSettings.assets.length !== n) {
    throw new UserError(
      `${op}: oracles and assets must have one entry an asset (${n}), got ${params._poolSettings.oracles.length} and ${params._poolSettings.assets.length}; export the checkpoint again`,
    );
  }
  if (!isPlaceholder(params.poolRegistry) && (BigInt(params.poolRegistry) & BigInt(REGISTRY_MASK)) === 0n) {
    throw new UserError(
      `${op}: poolRegistry must permit an action (bits 1, 2, 8, 16, 32), got ${params.poolRegistry}; mend it in the template`,
    );
  }
}

function readQuantamm(op: string, text: string): TunedPool {
  const { params, simulation, ...file } = readDocument(op, text, fileSchema);
  const n = file.checkpointOrder.length;
  const restore = restorer(op, file.checkpointOrder);
  checkRuleName(op, simulation.rule);
  checkParams(op, params, n);
  const numbers = (texts: string[]) => restore(texts).map((text) => fromFixedPoint(BigInt(text)));
  const open = [...params._initialMovingAverages, ...params._initialIntermediateValues].some(isPlaceholder);
  const estimator = open
    ? null
    : { ewma: numbers(params._initialMovingAverages), a: numbers(params._initialIntermediateValues) };
  const rule = readRule(params._poolSettings, simulation, estimator, n);
  const pool: TunedPool = {
    kind: 'tfmm',
    assets: restore(file.assets),
    fee: fromFixedPoint(BigInt(params.swapFeePercentage)),
    weights: numbers(params.normalizedWeights),
    value: simulation.value,
    rule: { ...rule, lambda: restore(rule.lambda), memoryDays: restore(rule.memoryDays), k: restore(rule.k) },
    hmm: null,
    provenance: file.provenance,
  };
  checkPool(op, pool, kinds);
  return pool;
}

/** What the chain takes, simulated with the estimator that it keeps. */
const chainForm: Exporter['form'] = {
  ...tunedForm,
  spec: (pool, spec) => {
    const there = tunedForm.spec(pool, spec);
    return there.rule === null ? there : { ...there, rule: withStoredEstimator(there.rule) };
  },
};

export const quantamm: Exporter = {
  name: 'quantamm',
  doc: 'CreationNewPoolParams of the QuantAMM V1 pool factory for a TFMM pool (momentum, anti-momentum)',
  kinds,
  form: chainForm,
  extension: '.json',
  export: exportQuantamm,
  parse: (text) => readQuantamm('parse quantamm', text),
};
