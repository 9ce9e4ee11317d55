/** Floor 5. From findings to what people read (the report) and what programs read (plain JSON). */

import type { PoolSpec } from '../pools/spec.js';
import type { LayoutEntry, ParameterLayout } from '../rollout/layout.js';
import { cautions, guardFacts, isTrained } from './cautions.js';
import { blocksWarning, priceRemarks, priceWarnings, qualityReport, stressJson, stressReport } from './doubts.js';
import { edgeWarnings, type FeeCurve } from './fee-grid.js';
import type { Findings } from './findings.js';
import type { EvaluationInput } from './input.js';
import { drawdowns } from './metrics.js';
import { type OrderShares, orderRemarks, orderShares } from './orders.js';
import { valuesOf } from './parameters.js';
import type { Range, Strategy } from './path.js';
import { type Reach, reachOf, reachWarnings } from './reach.js';
import type { ReportData, ReportParameter, ReportRow, ReportSeries } from './report/data.js';
import { formatQuantity, shownUnit } from './report/format.js';
import { idleWarnings, tuningRemarks } from './tuning.js';

const RESTARTED = 'tuned, restarted';

/** tfmm · volatility fee · momentum · elastic flow */
const poolLabel = (spec: PoolSpec): string =>
  [
    spec.pool.name,
    spec.feeLaw ? `${spec.feeLaw.name} fee` : undefined,
    spec.rule?.name,
    spec.flow === null ? undefined : `${spec.flow.name} flow`,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');

/** ms UTC of a row range. */
function spanOf({ input: { data } }: Findings, [from, to]: Range): [number, number] {
  return [data.start + from * data.interval, data.start + to * data.interval];
}

const spansOf = (f: Findings): ReportData['splits'] => ({
  train: spanOf(f, f.input.split.train),
  validation: spanOf(f, f.input.split.validation),
  test: spanOf(f, f.input.split.test),
});

/** One set beside the start, parameter by parameter. */
type OfSets = Pick<EvaluationInput, 'raw' | 'initial' | 'trainable' | 'bounds'>;

function parameterRow(input: OfSets, e: LayoutEntry): ReportParameter {
  const bounds = input.bounds?.[e.name] ?? null;
  const unit = shownUnit(e.parameter);
  const note = bounds === null ? {} : { note: `bounds ${bounds.map((x) => formatQuantity(x, unit)).join(' to ')}` };
  return {
    name: e.name,
    unit,
    initial: valuesOf(e, input.initial),
    trained: valuesOf(e, input.raw),
    labels: [...e.labels],
    frozen: !isTrained(e, input.trainable),
    doc: e.parameter.doc,
    ...note,
  };
}

export const parameterRows = ({ entries }: ParameterLayout, input: OfSets): ReportParameter[] =>
  entries.map((e) => parameterRow(input, e));

/** All that take part, the tuned pool first. */
const strategiesOf = ({ tuned, before, baselines }: Findings): (readonly [Strategy, ReportRow['role']])[] => [
  [tuned, 'tuned'],
  ...(before === null ? [] : [[before, 'before'] as const]),
  ...baselines.map((b) => [b, 'baseline'] as const),
];

const row = ({ name, note, metrics }: Strategy, role: ReportRow['role']): ReportRow => ({
  name,
  role,
  metrics: metrics.test,
  ...(note === undefined ? {} : { note }),
});

/**
 * What the pool held: weights where they move, reserves elsewhere (of an HMM pool the credits beside each asset too, next
 * to it).
 */
function composition({ input: { spec, data }, path }: Findings, time: Float64Array): ReportData['composition'] {
  const moving = spec.pool.weights === 'rule' && path.weights !== null;
  const table = moving ? (path.weights as Float64Array) : path.reserves;
  const width = table.length / time.length;
  const line = (name: string, j: number) => {
    const values = new Float64Array(time.length);
    for (let i = 0; i < values.length; i++) values[i] = table[i * width + j];
    return { name, values };
  };
  const credits = (asset: string, j: number) => ({
    ...line(`credits beside ${asset}`, spec.assets.length + j),
    unit: data.meta.numeraire ?? 'the numéraire',
  });
  const beside = width > spec.assets.length;
  const lines = spec.assets.flatMap((asset, j) => [line(asset, j), ...(beside ? [credits(asset, j)] : [])]);
  return { kind: moving ? 'weights' : 'reserves', series: { time, lines } };
}

function chartsOf(
  f: Findings,
): Pick<ReportData, 'value' | 'test' | 'relativeTo' | 'composition' | 'fees' | 'drawdown'> {
  const { data } = f.input;
  const time = new Float64Array(f.path.values.length);
  for (let i = 0; i < time.length; i++) time[i] = data.start + (f.path.first + i) * data.interval;
  const all = strategiesOf(f).map(([strategy]) => strategy);
  const series = (lines: ReportSeries['lines']): ReportSeries => ({ time, lines });
  const earning = f.path.fees[f.path.fees.length - 1] > 0 ? all : [];
  return {
    value: series(all.map(({ name, values }) => ({ name, values }))),
    test: {
      time: time.subarray(f.input.split.test[0] - f.path.first, f.input.split.test[1] - f.path.first),
      lines: all.map(({ name, test }) => ({ name, values: test })),
    },
    relativeTo: f.hodl.name,
    composition: composition(f, time),
    fees: series(earning.flatMap(({ name, fees }) => (fees === null ? [] : [{ name, values: fees }]))),
    drawdown: series(all.map(({ name, values }) => ({ name, values: fallsOf(values) }))),
  };
}

/** Drawdowns as they are drawn: downwards. */
function fallsOf(values: Float64Array): Float64Array {
  const falls = drawdowns(values);
  for (let t = 0; t < falls.length; t++) falls[t] = 0 - falls[t];
  return falls;
}

function warningsOf(f: Findings): string[] {
  const { input, metric, rollout, guards, grid } = f;
  const { spec, raw, trainable, bounds = {}, withoutGradient = [], meta } = input;
  const stranger = metric !== spec.objective.name;
  return [
    ...meta.warnings,
    ...priceWarnings(f),
    ...(stranger
      ? [`The objective ${spec.objective.name} is no metric of a path: ${metric} stands in its place.`]
      : []),
    ...idleWarnings(withoutGradient),
    ...reachWarnings(reachIn(f)),
    ...edgeWarnings(grid),
    ...blocksWarning(f),
    ...cautions(rollout.layout, raw, trainable, { guards, bounds }),
  ];
}

/** Of the tuned pool. */
const reachIn = ({ path, input: { split, data } }: Findings): Reach[] =>
  reachOf(path, split, { assets: data.assets, numeraire: data.meta.numeraire });

const knownPoints = (curve: FeeCurve | null | undefined) =>
  (curve?.points ?? []).filter((p): p is { fee: number; metric: number } => p.metric !== null);

const sharesIn = ({ path, input: { split } }: Findings): OrderShares | null => orderShares(path, split);

/** What is said beside the headline. */
const remarksOf = (f: Findings): string[] => [
  ...priceRemarks(f),
  ...orderRemarks(sharesIn(f)),
  ...(f.tuning === null ? [] : tuningRemarks(f.input, f.metric, f.tuning)),
];

/** The report of an evaluation. */
export function evaluationReport(f: Findings): ReportData {
  const { input, metric, tuned, grid, sensitivity } = f;
  const splits = spansOf(f);
  const [from, to] = splits.test;
  const known = knownPoints(grid);
  const tunedGrid = knownPoints(grid?.tuned);
  return {
    title: input.meta.title,
    pool: poolLabel(input.spec),
    assets: [...input.spec.assets],
    ...(input.data.meta.numeraire === undefined ? {} : { numeraire: input.data.meta.numeraire }),
    generated: input.meta.generated,
    version: input.meta.version,
    headline: { metric, value: tuned.metrics.test[metric] ?? null, split: 'test', from, to },
    choice: { ...input.choice },
    remarks: remarksOf(f),
    stress: stressReport(f),
    quality: qualityReport(f),
    rows: strategiesOf(f).map(([strategy, role]) => row(strategy, role)),
    ...(f.restarted === null
      ? { afresh: true }
      : { restarted: { name: RESTARTED, role: 'tuned' as const, metrics: f.restarted } }),
    ...(known.length === 0 ? {} : { feeGrid: known }),
    ...(tunedGrid.length === 0 ? {} : { tunedFeeGrid: tunedGrid }),
    ...chartsOf(f),
    splits,
    training: input.history.map((h) => ({ ...h })),
    parameters: parameterRows(f.rollout.layout, f.input),
    ...(sensitivity === null ? {} : { sensitivity: { name: sensitivity.name, rows: [...sensitivity.rows] } }),
    facts: [...input.meta.facts.map(([label, text]): [string, string] => [label, text]), ...guardFacts(f.guards)],
    warnings: warningsOf(f),
  };
}

/** Every figure of an evaluation as plain JSON: metrics by strategy and split; undefined ones are null. */
export function evaluationJson(f: Findings, report: ReportData): Record<string, unknown> {
  const { input, metric, rollout } = f;
  const { split } = input;
  const spans = spansOf(f);
  const part = (name: 'train' | 'validation' | 'test') => ({
    rows: [...split[name]],
    from: spans[name][0],
    to: spans[name][1],
  });
  const strategy = (s: Strategy, role: string) => ({ name: s.name, role, note: s.note ?? null, metrics: s.metrics });
  return {
    title: report.title,
    version: report.version,
    generated: report.generated,
    pool: input.spec.pool.name,
    rule: input.spec.rule?.name ?? null,
    flow: input.spec.flow?.name ?? null,
    assets: report.assets,
    dataset: input.data.hash,
    headline: { metric, value: report.headline.value, split: 'test', ...f.survival },
    choice: report.choice,
    splits: { burnIn: split.burnIn, train: part('train'), validation: part('validation'), test: part('test') },
    remarks: report.remarks ?? [],
    stress: stressJson(f),
    quality: Object.fromEntries(qualityReport(f).splits.map(({ name, assets }) => [name, assets])),
    tuning: f.tuning,
    strategies: strategiesOf(f).map(([s, role]) => strategy(s, role)),
    restarted: f.restarted && { name: RESTARTED, metrics: { test: f.restarted } },
    feeGrid: f.grid && {
      best: f.grid.best?.fee ?? null,
      edge: f.grid.edge,
      points: f.grid.points,
      tuned: f.grid.tuned,
    },
    sensitivity: f.sensitivity,
    guards: f.guards,
    reach: reachIn(f),
    orders: sharesIn(f),
    parameters: report.parameters.map((p, i) => ({
      ...p,
      range: rollout.layout.entries[i].parameter.range,
      bounds: input.bounds?.[p.name] ?? null,
    })),
    training: report.training,
    facts: Object.fromEntries(report.facts),
    warnings: report.warnings,
  };
}
