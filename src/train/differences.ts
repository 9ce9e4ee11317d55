/**
 * Floor 5. Ascent by central differences, for objectives whose derivative along a path is biased or heavy-tailed and that
 * have more numbers than evolution learns a covariance of: both sides of every number are scored on the same scenarios, so
 * that what they have in common cancels, and Adam steps along (f(x + h) − f(x − h))/2h. The scenarios of the next step are
 * others. The bias is that of a difference, of the order of h².
 */
import { averageOf, type EvolutionOptions, freeColumns, type Generation } from './evolution.js';
import { optimizerOf } from './optimizer.js';
import { learningRate } from './schedule.js';

/** `spread`: 0 for the raw numbers that stay. */
export interface DifferencesOptions extends Omit<EvolutionOptions, 'population' | 'seed'> {
  /** h, in raw numbers. */
  readonly width: number;
  /** Adam's at first; it falls to a hundredth by a cosine. */
  readonly rate: number;
}

/** Step by step; the last one's `mean` is the answer. `better` is the mean of the scores on both sides. */
export function* differences(options: DifferencesOptions): Generator<Generation> {
  const { start, spread, generations, from, width, rate, score } = options;
  const free = freeColumns(spread);
  const sets = 2 * free.length;
  const adam = optimizerOf({ name: 'adam', learningRate: rate }, start);
  let slots = adam.init(free.length);
  if (from !== undefined) {
    slots = Object.fromEntries(Object.keys(slots).map((name) => [name, Float64Array.from(from.numbers[name])]));
  }
  let x = from === undefined ? Float64Array.from(free, (i) => start[i]) : Float64Array.from(from.numbers.x);
  const average = averageOf(options, free);
  for (let g = from?.generation ?? 0; g < generations; g++) {
    const raw = start.slice();
    for (const [k, i] of free.entries()) raw[i] = x[k];
    const raws = Float64Array.from({ length: start.length * sets }, (_, at) => raw[Math.floor(at / sets)]);
    for (const [k, i] of free.entries()) {
      raws[i * sets + 2 * k] += width;
      raws[i * sets + 2 * k + 1] -= width;
    }
    const scores = score(raws, g);
    const downhill = Float64Array.from(free, (_, k) => (scores[2 * k + 1] - scores[2 * k]) / (2 * width));
    // a side without a score says nothing of where to go
    for (const [k, slope] of downhill.entries()) if (!Number.isFinite(slope)) downhill[k] = 0;
    const stepped = adam.update(slots, x, downhill, learningRate(rate, { name: 'cosine' }, g, generations));
    [slots, x] = [stepped.slots, Float64Array.from(stepped.raw)];
    const now = start.slice();
    for (const [k, i] of free.entries()) now[i] = x[k];
    const averaged = average(now, g);
    const numbers = Object.fromEntries(Object.entries(slots).map(([name, values]) => [name, [...values]]));
    yield {
      generation: g + 1,
      mean: averaged,
      best: Math.max(...scores),
      better: scores.reduce((a, b) => a + b, 0) / sets,
      state: {
        generation: g + 1,
        numbers: { ...numbers, x: [...x], averaged: free.map((i) => averaged[i]) },
      },
    };
  }
}
