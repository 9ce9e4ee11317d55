// Floor 5. One metric of several rows as dots on stems from 0: strategies side by side, or one pool under assumptions.
import type { Markish } from '@observablehq/plot';
import { extent, figure, type Kit, plot, type Room, shorten, textWidth } from './chart.js';
import { formatMetric, metricLabel } from './format.js';
import { type Html, html } from './html.js';

export interface Dot {
  label: string;
  value: number | null;
  colour: string;
  strong?: boolean;
}

const MOST_LETTERS = 26;
/** Pixels for a figure beyond its dot. */
const FIGURE = 66;

const isNegative = ({ value }: Dot) => (value ?? 0) < 0;

const weight = (dot: Dot) => (dot.strong ? 650 : 400);

/** Names in a left margin; above their stems where the picture is narrow. */
function nameMarks({ Plot }: Kit, dots: Dot[], room: Room): Markish[] {
  return dots.map((dot, y) =>
    Plot.text([shorten(dot.label, room.narrow ? 2 * MOST_LETTERS : MOST_LETTERS)], {
      y: [y],
      frameAnchor: 'left',
      textAnchor: room.narrow ? 'start' : 'end',
      dx: room.narrow ? 5 : -12,
      dy: room.narrow ? -18 : 0,
      fill: 'var(--ink)',
      fontWeight: weight(dot),
    }),
  );
}

/** Figures on the outer side of their dots. */
function figureMarks({ Plot }: Kit, dots: Dot[], metric: string): Markish[] {
  return dots.map((dot, y) => {
    const side = isNegative(dot) ? -1 : 1;
    return Plot.text([dot.value === null ? 'not defined' : formatMetric(metric, dot.value)], {
      x: [dot.value ?? 0],
      y: [y],
      textAnchor: side < 0 ? 'end' : 'start',
      dx: side * 11,
      fill: dot.value === null ? 'var(--ink-2)' : 'var(--ink)',
      fontWeight: weight(dot),
    });
  });
}

function drawDots(kit: Kit, dots: Dot[], metric: string, room: Room): Html {
  const { Plot } = kit;
  const widest = Math.max(...dots.map((dot) => textWidth(shorten(dot.label, MOST_LETTERS), room, dot.strong)));
  const marginLeft = room.narrow ? 8 : 14 + widest;
  const known = dots.flatMap((dot, y) => (dot.value === null ? [] : [{ ...dot, y, r: dot.strong ? 6.5 : 5 }]));
  const [low, high] = extent(
    known.map((dot) => dot.value!),
    [0],
    0,
  );
  const air = ((high - low || 1) * FIGURE) / (room.width - marginLeft - 2 * FIGURE);
  return plot(kit, room, {
    height: dots.length * (room.narrow ? 48 : 34) + 12,
    marginLeft,
    marginRight: 8,
    marginTop: room.narrow ? 12 : 6,
    marginBottom: room.narrow ? 0 : 6,
    // a figure stands to the right of its dot, a negative one to the left
    x: { domain: [low < 0 ? low - air : low, dots.every(isNegative) ? high : high + air], axis: null },
    y: { domain: [-0.5, dots.length - 0.5], reverse: true, axis: null },
    color: { type: 'identity' },
    r: { type: 'identity' },
    marks: [
      Plot.ruleX([0], { stroke: 'var(--rule)' }),
      Plot.ruleY(known, { y: 'y', x1: 0, x2: 'value', stroke: 'colour', strokeWidth: 2.5, strokeOpacity: 0.45 }),
      Plot.dot(known, { x: 'value', y: 'y', r: 'r', fill: 'colour' }),
      ...nameMarks(kit, dots, room),
      ...figureMarks(kit, dots, metric),
    ],
  });
}

const WORDS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** What would be dots of one length, as a sentence. */
function sameSentence(metric: string, dots: Dot[]): Html {
  const figure = html`<b>${formatMetric(metric, dots[0].value)}</b>`;
  const names = dots.map((dot) => dot.label).join('; ');
  if (dots.length === 1) return html`<p class="same">${metricLabel(metric)}: ${figure} (${names}).</p>`;
  const count = dots.length === 2 ? 'Both' : `All ${WORDS[dots.length] ?? dots.length}`;
  return html`<p class="same">${count} come to the same ${metricLabel(metric)}, ${figure}: ${names}.</p>`;
}

/** One dot a row, in the order given; a sentence where all print alike; nothing where no row has a figure. */
export function dotChart(kit: Kit, metric: string, dots: Dot[]): Html | null {
  if (dots.every((dot) => dot.value === null)) return null;
  if (new Set(dots.map((dot) => formatMetric(metric, dot.value))).size === 1) return sameSentence(metric, dots);
  const summary = dots.map((dot) => `${dot.label} ${formatMetric(metric, dot.value)}`).join(', ');
  return figure(`${metricLabel(metric)}: ${summary}`, 'half', (room) => drawDots(kit, dots, metric, room));
}
