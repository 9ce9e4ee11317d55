/**
 * Floor 5. What makes a report answer to pointer and keys, in the reader's browser: a cursor with the figures beneath it,
 * in all charts of one clock at once, and lines that can be switched off. The page is whole without it.
 *
 * The functions of this file are printed into the page as they are (script.ts), so they use nothing but each other and the
 * DOM, and every one of them has to be in PARTS. Text goes in as text, never as markup.
 */

/** The little of the DOM that is used here: the project compiles without its types. */
export interface Element {
  textContent: string | null;
  readonly childNodes: Iterable<Element>;
  readonly classList: { add(name: string): void; toggle(name: string, on: boolean): void };
  readonly style: { left: string; top: string; height: string; background: string };
  append(...children: (Element | string)[]): void;
  replaceWith(other: Element): void;
  replaceChildren(...children: (Element | string)[]): void;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  querySelectorAll(selector: string): Iterable<Element>;
  getBoundingClientRect(): { left: number; width: number };
  addEventListener(type: string, listener: (event: Happening) => void): void;
}

export interface Happening {
  readonly key?: string;
  readonly clientX?: number;
  readonly pointerType?: string;
  preventDefault(): void;
}

export interface Page extends Pick<Element, 'querySelectorAll'> {
  readonly documentElement: Element;
  createElement(name: string): Element;
}

interface Line {
  readonly name: string;
  readonly colour: string;
  /** From the bottom of the frame (0) to its top (1); null where the line has a gap. */
  readonly heights: (number | null)[];
  /** As printed. */
  readonly texts: string[];
  on: boolean;
}

/** One picture of a chart, with what is laid over it. */
interface Plane {
  readonly element: Element;
  /** Edges around the frame, then width and height of the whole. */
  readonly box: { left: number; top: number; right: number; bottom: number; width: number; height: number };
  readonly cursor: Element;
  readonly tip: Element;
  readonly dots: Element[];
}

interface Chart {
  readonly figure: Element;
  /** Charts of one group share the cursor. */
  readonly group: string;
  /** Least and greatest place of the frame. */
  readonly domain: readonly [number, number];
  /** Ascending places that have figures: minutes since 1970, iterations, logarithms of fees. */
  readonly keys: readonly number[];
  /** What a place is called; null: it is a time. */
  readonly heads: readonly string[] | null;
  readonly lines: Line[];
  readonly planes: Plane[];
  /** Which of the keys the cursor stands at. */
  at: number;
}

/** Brings a page to life. */
export function start(page: Page): void {
  const charts = Array.from(page.querySelectorAll('figure[data-readings]'), (figure) => chartOf(page, figure));
  for (const chart of charts) for (const plane of chart.planes) listen(page, charts, chart, plane);
  legends(page, charts);
  page.documentElement.classList.add('scripted');
}

function chartOf(page: Page, figure: Element): Chart {
  const { lines, ...readings } = JSON.parse(figure.getAttribute('data-readings') as string);
  const pictures = Array.from(figure.querySelectorAll('.picture'));
  const chart = {
    ...readings,
    figure,
    lines: lines.map((line: { name: string; colour: string; heights: string; texts: string }) => ({
      ...line,
      heights: line.heights.split(',').map((height) => (height === '' ? null : Number(height) / 1000)),
      texts: line.texts.split('|'),
      on: true,
    })),
    at: readings.keys.length - 1,
  };
  chart.planes = pictures.map((picture) => planeOf(page, picture, chart));
  return chart;
}

/** Lays the cursor over a picture and makes it a slider along its axis, which is what it is to keys and screen readers. */
function planeOf(page: Page, picture: Element, chart: Chart): Plane {
  const [element] = Array.from(picture.querySelectorAll('.plane'));
  const [left, top, right, bottom, width, height] = (element.getAttribute('data-box') as string).split(' ').map(Number);
  const cursor = made(page, 'div', 'cursor');
  const tip = made(page, 'div', 'tip');
  const dots = chart.lines.map((line) => {
    const dot = made(page, 'i', 'dot');
    dot.style.background = line.colour;
    return dot;
  });
  element.append(cursor, ...dots, tip);
  const attributes = {
    role: 'slider',
    tabindex: '0',
    'aria-label': picture.getAttribute('aria-label') as string,
    'aria-valuemin': '0',
    'aria-valuemax': String(chart.keys.length - 1),
    'aria-valuenow': String(chart.at),
  };
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  picture.removeAttribute('role');
  picture.removeAttribute('aria-label');
  const box = { left, top, right, bottom, width, height };
  cursor.style.top = `${(100 * top) / height}%`;
  cursor.style.height = `${(100 * (height - top - bottom)) / height}%`;
  return { element, box, cursor, tip, dots };
}

function made(page: Page, name: string, kind: string, ...children: (Element | string)[]): Element {
  const element = page.createElement(name);
  element.setAttribute('class', kind);
  element.append(...children);
  return element;
}

function listen(page: Page, charts: Chart[], chart: Chart, plane: Plane): void {
  const { element, box } = plane;
  const toPointer = ({ clientX = 0 }: Happening) => {
    const { left, width } = element.getBoundingClientRect();
    const share = (((clientX - left) / width) * box.width - box.left) / (box.width - box.left - box.right);
    const [low, high] = chart.domain;
    moveTo(page, charts, chart, nearest(chart.keys, low + share * (high - low)));
  };
  const leave = () => {
    for (const other of charts) hide(other);
  };
  element.addEventListener('pointermove', toPointer);
  element.addEventListener('pointerdown', toPointer);
  // a finger that is lifted leaves what it pointed at
  element.addEventListener('pointerleave', (event) => event.pointerType !== 'touch' && leave());
  element.addEventListener('focus', () => moveTo(page, charts, chart, chart.at));
  element.addEventListener('blur', leave);
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') return leave();
    const to = stepped(chart, event.key as string);
    if (to === null) return;
    event.preventDefault();
    moveTo(page, charts, chart, to);
  });
}

/** Where a key leads: one place on, a tenth of all, the ends; null for other keys. */
function stepped({ at, keys }: Chart, key: string): number | null {
  const last = keys.length - 1;
  const far = Math.max(1, Math.round(last / 10));
  const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -far, PageUp: far };
  const to = { ...by, Home: -at, End: last - at }[key];
  return to === undefined ? null : Math.min(Math.max(at + to, 0), last);
}

/** The place whose key is nearest. */
function nearest(keys: readonly number[], key: number): number {
  let [low, high] = [0, keys.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (keys[middle] <= key) low = middle;
    else high = middle;
  }
  return key - keys[low] <= keys[high] - key ? low : high;
}

/** Moves the cursor of a chart, and with it that of all charts of its group that reach so far. */
function moveTo(page: Page, charts: Chart[], source: Chart, at: number): void {
  const key = source.keys[at];
  for (const chart of charts) {
    const within = key >= chart.keys[0] && key <= chart.keys[chart.keys.length - 1];
    if (chart.group !== source.group || !within) hide(chart);
    else place(page, chart, nearest(chart.keys, key), chart === source);
  }
}

function place(page: Page, chart: Chart, at: number, told: boolean): void {
  chart.at = at;
  const [low, high] = chart.domain;
  const share = high > low ? (chart.keys[at] - low) / (high - low) : 0.5;
  const shown = chart.lines.filter((line) => line.on && line.texts[at] !== '');
  const head = chart.heads === null ? minute(chart.keys[at]) : chart.heads[at];
  const text = [head, ...shown.map((line) => `${line.name} ${line.texts[at]}`)].join(', ');
  for (const { element, box, cursor, tip, dots } of chart.planes) {
    const x = (100 * (box.left + share * (box.width - box.left - box.right))) / box.width;
    cursor.style.left = `${x}%`;
    for (const [i, line] of chart.lines.entries()) {
      const height = line.on ? line.heights[at] : null;
      dots[i].classList.toggle('off', height === null);
      dots[i].style.left = `${x}%`;
      dots[i].style.top =
        `${(100 * (box.top + (1 - (height ?? 0)) * (box.height - box.top - box.bottom))) / box.height}%`;
    }
    tip.replaceChildren(made(page, 'b', 'head', head), ...shown.map((line) => entry(page, line, at)));
    element.classList.toggle('at', true);
    element.classList.toggle('told', told);
    if (told) putBeside(element, tip, x / 100);
    element.setAttribute('aria-valuenow', String(at));
    element.setAttribute('aria-valuetext', text);
  }
}

/** Puts a tooltip on that side of the cursor where there is more room, and within the picture. */
function putBeside(element: Element, tip: Element, share: number): void {
  const { width } = element.getBoundingClientRect();
  const own = tip.getBoundingClientRect().width;
  const left = share > 0.5 ? share * width - 12 - own : share * width + 12;
  tip.style.left = `${Math.max(0, Math.min(left, width - own))}px`;
}

/** A line's name and figure in a tooltip. */
function entry(page: Page, line: Line, at: number): Element {
  const swatch = made(page, 'i', 'swatch');
  swatch.style.background = line.colour;
  return made(
    page,
    'span',
    'entry',
    swatch,
    made(page, 'span', 'name', line.name),
    made(page, 'b', '', line.texts[at]),
  );
}

/** As the page's own dates: 3 Oct 2018, 14:30. */
function minute(minutes: number): string {
  return new Date(minutes * 60_000).toLocaleString('en-GB', {
    dateStyle: 'medium',
    timeStyle: 'short',
    timeZone: 'UTC',
  });
}

function hide(chart: Chart): void {
  for (const { element } of chart.planes) {
    element.classList.toggle('at', false);
    element.classList.toggle('told', false);
  }
}

/** Makes a switch of every entry of a legend. A line of one name is switched in all charts. */
function legends(page: Page, charts: Chart[]): void {
  const switches = Array.from(page.querySelectorAll('.legend [data-line]'), (label) => {
    const name = label.getAttribute('data-line') as string;
    const button = made(page, 'button', '', ...Array.from(label.childNodes));
    button.setAttribute('type', 'button');
    button.setAttribute('aria-pressed', 'true');
    button.addEventListener('click', () => {
      const on = button.getAttribute('aria-pressed') !== 'true';
      for (const other of switches) if (other.name === name) other.button.setAttribute('aria-pressed', String(on));
      for (const chart of charts) switchLine(chart, name, on);
    });
    label.replaceWith(button);
    return { name, button };
  });
}

function switchLine(chart: Chart, name: string, on: boolean): void {
  for (const [i, line] of chart.lines.entries()) {
    if (line.name !== name) continue;
    line.on = on;
    for (const mark of chart.figure.querySelectorAll(`.line-${i}`)) mark.classList.toggle('off', !on);
  }
  hide(chart);
}

/** All functions above, as the page needs them. */
export const PARTS: readonly ((...given: never[]) => unknown)[] = [
  start,
  chartOf,
  planeOf,
  made,
  listen,
  stepped,
  nearest,
  moveTo,
  place,
  putBeside,
  entry,
  minute,
  hide,
  legends,
  switchLine,
];
