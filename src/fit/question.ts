/** Floor 5. What is fitted: a generator as a config has it, recorded prices, and which of its numbers may move. */
import type { Generator } from '../../kernels/prices/index.js';
import type { ResolvedGenerator } from '../config/generator.js';
import type { ParameterLayout } from '../rollout/layout.js';
import type { Clock } from '../rollout/model.js';
import type { Prices } from '../rollout/recorded.js';
import { rawBounds } from '../train/bounds.js';
import { type Recorded, spreadOver, startOf, type Values } from './starts.js';

export interface Question {
  readonly generator: ResolvedGenerator;
  /** Parameters whose start value the config gives. */
  readonly given: ReadonlySet<string>;
  readonly data: Prices;
  readonly clock: Clock;
}

const YEAR = 365 * 86_400_000;

export const recordedOf = ({ data, clock }: Pick<Question, 'data' | 'clock'>): Recorded => {
  const n = data.assets.length;
  return {
    prices: data.assets.map((_, i) => Array.from({ length: data.rows }, (_x, t) => data.prices[t * n + i])),
    dt: clock.interval / YEAR,
  };
};

/** Where the first row is: fitted by nothing, and taken from it. */
const PLACES = ['start', 'position', 'momentum'];

const wordsOf = ({ model, settings }: ResolvedGenerator): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(model.settings).flatMap(([name, { choices = {} }]) =>
      Object.entries(choices)
        .filter(([, value]) => value === settings[name])
        .map(([word]) => [name, word]),
    ),
  );

/** How far the regimes of a start are apart: a fit begins at each. */
const SPREADS = [2, 5, 1.4];

/** Values by key that a fit begins with: of a generator with regimes several. */
export function startsOf(q: Question): readonly Values[] {
  const { generator } = q;
  const { parameters, declared, settings } = generator;
  const values = Object.fromEntries(Object.entries(parameters).map(([key, p]) => [key, p.value]));
  const one = startOf(generator.kind, recordedOf(q), { settings, words: wordsOf(generator), values });
  const hidden = generator.model.hidden?.(settings);
  const found =
    hidden === undefined ? [one] : SPREADS.map((s) => spreadOver(one, Object.keys(declared), hidden.regimes, s));
  return found.map((start) =>
    Object.fromEntries(
      Object.entries(values).map(([key, value]) => {
        const taken = start[key] !== undefined && !q.given.has(key) && (parameters[key].train || isPlace(key));
        return [key, taken ? start[key] : value];
      }),
    ),
  );
}

const isPlace = (key: string): boolean => PLACES.some((name) => key === name || key.startsWith(`${name}_`));

/** Raw numbers below it stand for 0 to all purposes; a fit goes no further. */
const LEAST_RAW = -40;

/** The smallest sd of a jump, as a share of that of a calm step: with 0 the likelihood of one return alone has no bound. */
const LEAST_JUMP = 0.25;

/** Raw bounds of each column, and those that move. */
export function movable(q: Question, layout: ParameterLayout, start: Values) {
  const { model, declared, parameters, settings } = q.generator;
  const name = (key: string) => `${model.name}.${key}`;
  const bounds = rawBounds(
    layout,
    Object.fromEntries(
      Object.keys(declared).flatMap((key) => {
        const { bounds: own } = parameters[key];
        return own === null ? [] : [[name(key), { low: own[0], high: own[1] }]];
      }),
    ),
  );
  for (const [k, x] of bounds.low.entries()) bounds.low[k] = Math.max(x, LEAST_RAW);
  for (const [key, floor] of Object.entries(leastJumps(q, start))) {
    const { column, size, parameter } = layout.entry(name(key));
    const [raw] = parameter.transform.inverse([floor]);
    for (let i = column; i < column + size; i++) bounds.low[i] = Math.max(bounds.low[i], raw);
  }
  const held = heldMoves(model, settings);
  const free = layout.entries.flatMap(({ name: full, column, size }) => {
    const key = full.slice(model.name.length + 1);
    return full === name(key) && parameters[key].train && !held.includes(key)
      ? Array.from({ length: size }, (_, i) => column + i)
      : [];
  });
  return { ...bounds, free };
}

function leastJumps({ clock, generator }: Question, start: Values): Record<string, number> {
  const calm = Object.entries(start).filter(([key]) => /^sigma(_\d+)?$/.test(key));
  const least = Math.min(...calm.flatMap(([, values]) => values)) * Math.sqrt(clock.interval / YEAR) * LEAST_JUMP;
  const jumps = Object.keys(generator.declared).filter((key) => /^jumpSd(_\d+)?$/.test(key));
  return Object.fromEntries(jumps.map((key) => [key, least]));
}

/** One logit of each row, since only their differences count. */
const heldMoves = (model: Generator, settings: Readonly<Record<string, number>>): readonly string[] =>
  Array.from({ length: model.hidden?.(settings).regimes ?? 0 }, (_, i) => `logit_${i}_${i}`);

/** The raw numbers of values by key. */
export const rawsOf = ({ model }: ResolvedGenerator, layout: ParameterLayout, values: Values): Float64Array =>
  layout.raws(Object.fromEntries(Object.entries(values).map(([key, x]) => [`${model.name}.${key}`, x])));

/** Values by key of raw numbers. */
export const valuesOf = ({ model }: ResolvedGenerator, layout: ParameterLayout, raw: ArrayLike<number>): Values =>
  Object.fromEntries(
    Object.entries(layout.values(raw))
      .filter(([name]) => name.startsWith(`${model.name}.`))
      .map(([name, value]) => [name.slice(model.name.length + 1), value]),
  );
