// Floor 5. What all charts of a report share: Observable Plot on a server-side document, two widths of each chart (a
// stylesheet shows one), colours by name as CSS variables (so light and dark need no second picture), end labels.
import type { Markish, PlotOptions } from '@observablehq/plot';
import { type Html, html, trusted } from './html.js';
import { lineClass } from './readings.js';

/** Plot and the document that it draws into. Loaded only when a report is written: neither is needed to train. */
export interface Kit {
  Plot: typeof import('@observablehq/plot');
  document: unknown;
}

export async function loadKit(): Promise<Kit> {
  // the library in one file, which takes a sixth of the time to load
  const [Plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom/worker')]);
  return { Plot, document: parseHTML('<html><body></body></html>').document };
}

/** The room that a chart is drawn for; `runs` bounds the points of a line (see decimate.ts). */
export interface Room {
  narrow: boolean;
  /** Half of a page: no margin for names. */
  half: boolean;
  width: number;
  runs: number;
  fontSize: number;
}

const ROOMS = {
  full: { narrow: false, half: false, width: 1000, runs: 300, fontSize: 13 },
  half: { narrow: false, half: true, width: 490, runs: 160, fontSize: 13 },
  phone: { narrow: true, half: false, width: 370, runs: 120, fontSize: 12 },
} as const satisfies Record<string, Room>;

/** What stands around the pictures of a chart. */
export interface Setting {
  /** Above the picture: what its axis measures. */
  caption?: Html | string;
  /** Names of its lines. */
  labels?: EndLabel[];
  /** Whether its lines can be switched off: not where they stand on each other. */
  switched?: boolean;
  /** Whether a wide picture names its lines itself, so that only a narrow one needs a legend. */
  labelled?: boolean;
  /** What the cursor reads (readings.ts). */
  readings?: string;
}

/** One chart as a figure: drawn for a page (`full` or `half` its width) and for a phone. */
export function figure(
  description: string,
  size: 'full' | 'half',
  draw: (room: Room) => Html,
  { caption, labels = [], switched = true, labelled = false, readings }: Setting = {},
): Html {
  const read = readings !== undefined && html` data-readings="${readings}"`;
  return html`<figure class="chart ${size}"${read}>
    ${caption && html`<figcaption class="axis">${caption}</figcaption>`}
    <div class="picture wide" role="img" aria-label="${description}">${draw(ROOMS[size])}</div>
    <div class="picture phone" role="img" aria-label="${description}">${draw(ROOMS.phone)}</div>
    ${labels.length > 0 && legend(labels, switched, labelled)}
  </figure>`;
}

/** Room around the frame of a chart, in pixels of its picture. */
type Box = Required<Pick<PlotOptions, 'height' | 'marginLeft' | 'marginRight' | 'marginTop' | 'marginBottom'>>;

/** Plots to markup. Path coordinates keep one decimal: a tenth of a pixel, and a third of the bytes. */
export function plot(kit: Kit, room: Room, options: PlotOptions & Box): Html {
  const style = { fontSize: `${room.fontSize}px`, fontFamily: 'inherit' };
  const drawn = kit.Plot.plot({
    document: kit.document as never,
    width: room.width,
    style,
    className: 'plot',
    ...options,
  });
  const svg = (drawn as unknown as { outerHTML: string }).outerHTML
    .replace(/<style>[^<]*<\/style>/, '')
    .replace(/ d="[^"]*"/g, (path) => path.replace(/(\d+\.\d)\d+/g, '$1'));
  const { marginLeft, marginTop, marginRight, marginBottom, height } = options;
  // between the frame and the ends of its horizontal scale
  const inset = options.x?.inset ?? 0;
  const box = [marginLeft + inset, marginTop, marginRight + inset, marginBottom, room.width, height].join(' ');
  return html`<div class="plane" data-box="${box}">${trusted(svg)}</div>`;
}

/** A vertical axis with its grid. */
export function verticalAxis({ Plot }: Kit, ticks: readonly number[], labels: readonly string[]): Markish[] {
  const text = (_: number, i: number) => labels[i];
  return [
    Plot.axisY(ticks, { tickSize: 0, label: null, text, color: 'var(--ink-2)' } as object),
    Plot.gridY(ticks, { stroke: 'var(--grid)', strokeOpacity: 1 }),
  ];
}

/** About `count` round numbers within a range: multiples of 1, 2 or 5 times a power of ten, whichever step is nearest. */
export function roundTicks([low, high]: readonly [number, number], count: number): number[] {
  const wanted = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const ratio = wanted / power;
  // the bounds are geometric means of neighbours
  const step = power * (ratio >= Math.sqrt(50) ? 10 : ratio >= Math.sqrt(10) ? 5 : ratio >= Math.SQRT2 ? 2 : 1);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // whole multiples: sums of a step gather rounding
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Colours of strategies by name: the tuned pool its own, baselines in order. */
export function strategyColours(tuned: string, baselines: string[]): (name: string) => string {
  const colours = new Map([[tuned, 'var(--tuned)']]);
  for (const name of baselines) if (!colours.has(name)) colours.set(name, `var(--b${((colours.size - 1) % 6) + 1})`);
  return (name) => colours.get(name) ?? 'var(--ink-2)';
}

/** Colours of assets by place. */
export const assetColour = (index: number): string => `var(--a${(index % 8) + 1})`;

/** Text short enough for a margin. */
export function shorten(text: string, most: number): string {
  return [...text].length <= most ? text : `${[...text].slice(0, most - 1).join('')}…`;
}

/** A vertical scale whose pixels are known before drawing, so that labels can be kept apart. */
export interface Vertical {
  domain: [number, number];
  top: number;
  bottom: number;
  height: number;
}

/** Pixels left of a frame: what its tick labels take. */
export const leftMargin = (labels: readonly string[], room: Room): number =>
  Math.max(46, ...labels.map((label) => 14 + Math.ceil(textWidth(label, room))));

/** What differs by less, relative to its size, differs by rounding. */
const NOISE = 1e-9;

/** Smallest range of all finite values (and `include`), with a little air; never empty, nor so narrow that it shows rounding. */
export function extent(values: Iterable<number>, include: number[] = [], air = 0.05): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const source of [values, include]) {
    for (const v of source) {
      if (!Number.isFinite(v)) continue;
      low = Math.min(low, v);
      high = Math.max(high, v);
    }
  }
  if (low > high) return [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low <= NOISE * size || size === 0) return [low - (size || 1) * air, high + (size || 1) * air];
  const room = (high - low) * air;
  return [include.includes(low) ? low : low - room, include.includes(high) ? high : high + room];
}

/**
 * Heights for labels that want to stand at `wanted` (data units) but need `gap` pixels: pushed apart downwards, then back
 * up from the bottom edge. Returns data units, in the order given.
 */
export function spreadLabels(wanted: number[], v: Vertical, gap: number): number[] {
  const [low, high] = v.domain;
  const inner = v.height - v.top - v.bottom;
  const toPixel = (y: number) => v.top + ((high - y) / (high - low)) * inner;
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[b] - wanted[a]);
  const pixels = order.map((i) => toPixel(wanted[i]));
  for (let k = 1; k < pixels.length; k++) pixels[k] = Math.max(pixels[k], pixels[k - 1] + gap);
  const floor = v.height - v.bottom;
  for (let k = pixels.length - 1; k >= 0; k--) {
    pixels[k] = Math.min(pixels[k], k === pixels.length - 1 ? floor : pixels[k + 1] - gap);
  }
  const placed = new Array<number>(wanted.length);
  order.forEach((i, k) => {
    placed[i] = high - ((pixels[k] - v.top) / inner) * (high - low);
  });
  return placed;
}

/** Lowest and highest finite value, or none (spreading half a million values into Math.min would overflow the stack). */
export function spanOf(values: Float64Array): number[] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let t = 0; t < values.length; t++) {
    const v = values[t];
    if (!Number.isFinite(v)) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  return low > high ? [] : [low, high];
}

/** Pixels that a text may take, on the wide side of system fonts. */
export const textWidth = (text: string, room: Room, strong = false): number =>
  [...text].length * room.fontSize * (strong ? 0.65 : 0.58);

/** A name with its last figure, to stand where its line ends. */
export interface EndLabel {
  name: string;
  figure: string;
  /** Where it wants to stand, in data units. */
  y: number;
  colour: string;
  /** Colour of the text, where the line's own would be too pale. */
  text?: string;
  strong?: boolean;
}

/** Right margin for end labels: the same in all charts over time, so that their clocks stand under each other. */
export const LABEL_MARGIN = 232;
const NAME_LETTERS = 20;

const labelText = (label: EndLabel) => `${shorten(label.name, NAME_LETTERS)}  ${label.figure}`;

/** Whether all names fit beside their lines. */
export const fitBeside = (labels: readonly EndLabel[]): boolean =>
  labels.every(({ name }) => [...name].length <= NAME_LETTERS);

/** Labels at the right edge of a chart, kept apart, in the order of the lines; a line that never has a figure has none. */
export function endLabels(kit: Kit, labels: EndLabel[], v: Vertical, room: Room): Markish[] {
  const placed = labels.map((label, i) => ({ ...label, className: lineClass(i) })).filter((l) => Number.isFinite(l.y));
  const wanted = placed.map((label) => label.y);
  const heights = spreadLabels(wanted, v, room.fontSize + 3);
  return placed.map((label, k) =>
    kit.Plot.text([labelText(label)], {
      y: [heights[k]],
      frameAnchor: 'right',
      textAnchor: 'start',
      dx: 8,
      className: label.className,
      fill: label.text ?? label.colour,
      fontWeight: label.strong ? 650 : 400,
    }),
  );
}

/** Names, colours and last figures under a chart; the page's script makes switches of those with a `data-line`. */
function legend(labels: EndLabel[], switched: boolean, labelled: boolean): Html {
  const entry = ({ name, figure, colour }: EndLabel) =>
    html`<span${switched && html` data-line="${name}"`}><i style="background:${colour}"></i>${name} <b>${figure}</b></span>`;
  return html`<p class="legend${labelled && ' spare'}${switched && ' switches'}">${labels.map(entry)}</p>`;
}
