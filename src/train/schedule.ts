/** Floor 5. Learning rates by iteration. */
import type { ScheduleSpec } from './problem.js';

/** What `final` is where the schedule does not say. */
const FINAL = 0.01;

/**
 * The learning rate of the step after iteration `i` (0 … iterations), with t = (i − warmup)/(iterations − warmup):
 * warm-up full·(i + 1)/(warmup + 1); then constant full; linear full·(1 − (1 − f)t); cosine full·(f + (1 − f)·½(1 + cos πt)) (Loshchilov and Hutter
 * 2017, without restarts); exponential full·f^t; f = `final`.
 */
export function learningRate(full: number, schedule: ScheduleSpec, i: number, iterations: number): number {
  const warmup = schedule.warmup ?? 0;
  if (i < warmup) return (full * (i + 1)) / (warmup + 1);
  const t = iterations > warmup ? Math.min(1, (i - warmup) / (iterations - warmup)) : 1;
  const final = schedule.final ?? FINAL;
  switch (schedule.name) {
    case 'constant':
      return full;
    case 'linear':
      return full * (1 - (1 - final) * t);
    case 'cosine':
      return full * (final + ((1 - final) * (1 + Math.cos(Math.PI * t))) / 2);
    case 'exponential':
      return full * final ** t;
  }
}
