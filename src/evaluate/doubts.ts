/** Floor 5. What the prices and the stress test say of an evaluation: for its report, its JSON and its warnings. */
import { qualityWarnings, staleWarnings } from '../data/quality-text.js';
import { blocksCaution } from './blocks.js';
import { trainedOf } from './cautions.js';
import type { Findings } from './findings.js';
import { heldPrices, wholeRange } from './path.js';
import type { ReportData } from './report/data.js';
import type { StressCase } from './stress.js';
import { assumptionText } from './survival.js';

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

/** The stress test as the report shows it; undefined where there was nothing to try. */
export function stressReport({ stress, survival }: Findings): ReportData['stress'] {
  const cases = stress.map((c) => ({ label: capital(labelOf(c)), asTrained: c.asTrained, metrics: { ...c.metrics } }));
  return { ...survival, cases };
}

/** An arbitrage every 5 minutes; prices without bounce. */
const labelOf = (c: StressCase): string => assumptionText(c).replace(/^(with|on) /, '');

/** The same for programs. */
export const stressJson = ({ stress }: Findings): object[] =>
  stress.map(({ arbitrageEvery, prices, asTrained, metrics }) => ({ arbitrageEvery, prices, asTrained, metrics }));

/** The quality of the prices by split. */
export function qualityReport({ input: { data, split }, quality }: Findings): NonNullable<ReportData['quality']> {
  const names = ['train', 'validation', 'test'] as const;
  const there = names.filter((name) => split[name][1] > split[name][0]);
  return { interval: data.interval, splits: there.map((name) => ({ name, assets: quality.over(split[name]) })) };
}

/** What is wrong with the prices of all splits. */
export function priceWarnings({ input: { data, split }, quality }: Findings): string[] {
  // what an old dataset says of its filled rows it says of all of them
  const all = quality.over();
  const assets = quality.over(wholeRange(split)).map((q, j) => ({ ...q, filled: q.filled ?? all[j].filled }));
  return qualityWarnings(data, assets).map((text) => `${text}.`);
}

/** Of the test split, what belongs beside the headline: prices that were not there, and why it does not survive. */
export function priceRemarks({ input: { data, split }, quality, survival }: Findings): string[] {
  const test = quality.over(split.test);
  const which = survival.survives === false ? qualityWarnings : staleWarnings;
  return which(data, test, 'the test split').map((text) => `${text}.`);
}

/** What faster blocks would change, for the prices of the test split. */
export function blocksWarning({ input, rollout, path }: Findings): string[] {
  const { data, spec, raw, trainable, split } = input;
  const held = heldPrices(data, path.reserves.length / path.values.length);
  const { layout } = rollout;
  const measured = { spec, layout, raw, interval: data.interval, held, range: split.test };
  const text = blocksCaution(measured, trainedOf(layout, trainable));
  return text === null ? [] : [text];
}
