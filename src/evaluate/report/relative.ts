/** Floor 5. Values from a common start, and relative to a portfolio that is merely held. */
import type { Kit } from './chart.js';
import type { ReportSeries } from './data.js';
import { formatPercent, NOISE } from './format.js';
import { type Html, html } from './html.js';
import { type LineChart, lineChart } from './time-charts.js';

/** Whether a series has anything to draw. */
export const drawn = (series: ReportSeries): boolean =>
  series.time.length > 0 && series.lines.some((line) => line.values.some(Number.isFinite));

/** Two charts side by side, or one. */
export const pair = (left: Html, right: Html | false | null | undefined): Html =>
  html`<div class="pair">${left}${right}</div>`;

/** v_t/v_0 − 1 of each line, in fractions of 1; what rounding left of 0 is 0. */
export function growth({ time, lines }: ReportSeries): ReportSeries {
  return {
    time,
    lines: lines.map((line) => {
      const values = new Float64Array(line.values.length);
      for (let t = 0; t < values.length; t++) values[t] = settled(line.values[t] / line.values[0] - 1);
      return { ...line, values };
    }),
  };
}

const settled = (x: number): number => (Math.abs(x) <= NOISE ? 0 : x);

/** (v_t/v_0)/(h_t/h_0) − 1 of each line but h, the one that is called `name`; null without it. */
export function relativeTo({ time, lines }: ReportSeries, name: string): ReportSeries | null {
  const held = lines.find((line) => line.name === name)?.values;
  if (held === undefined) return null;
  const ratio = ({ values }: ReportSeries['lines'][number]) => {
    const out = new Float64Array(values.length);
    for (let t = 0; t < out.length; t++) out[t] = settled(values[t] / values[0] / (held[t] / held[0]) - 1);
    return out;
  };
  const others = lines.filter((line) => line.name !== name);
  return { time, lines: others.map((line) => ({ ...line, values: ratio(line) })) };
}

/** Lines relative to one of them; a sentence where none is ever further from it than what is printed. */
export function relativeChart(
  kit: Kit,
  look: Omit<LineChart, 'series' | 'axis' | 'description'>,
  series: ReportSeries,
  name: string,
  axis: string,
): Html | null {
  const ratios = relativeTo(series, name);
  if (ratios === null || !drawn(ratios)) return null;
  const none = formatPercent(0);
  if (ratios.lines.every(({ values }) => values.every((x) => !Number.isFinite(x) || formatPercent(x) === none))) {
    return html`<p class="none">${axis}: nothing ever differs from ${name}.</p>`;
  }
  return lineChart(kit, {
    ...look,
    series: ratios,
    axis,
    description: `Value relative to ${name}: ${axis.toLowerCase()}`,
  });
}
