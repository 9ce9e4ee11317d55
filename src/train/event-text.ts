/** Floor 5. The events of a training run as text; amounts and times for people. */
import type { Progress, Share, TrainEvent } from './events.js';

/** What lines are about: the name of the objective, and what the steps are of (`pool-steps`). */
export interface Told {
  readonly metric: string;
  readonly steps: string;
  /** What is constrained, by name. */
  readonly constraints?: readonly string[];
  /** What validation is called where it is not done as training is: 'validation in float64'. */
  readonly validation?: string;
}

/** An event as one line, without a line end. */
export function describeEvent(event: TrainEvent, told: Told): string {
  const { metric } = told;
  switch (event.kind) {
    case 'progress':
      return describeProgress(event, told);
    case 'share':
      return `${event.iteration}/${event.iterations} · ${stepText(event, told)}`;
    case 'validation':
      return `iteration ${event.iteration}: validation ${number(event.validation)} by set ${event.set}${event.holds ? '' : ', beyond its bounds'}${event.isBest ? ', the best so far' : ''}`;
    case 'nonFinite': {
      const where = event.parameters.length > 0 ? `the gradient of ${event.parameters.join(', ')}` : metric;
      return `warning: set ${event.set}, iteration ${event.iteration}: ${where} is not finite (${metric} ${number(event.objective)}); it starts anew beside set ${event.donor}`;
    }
    case 'zeroGradient':
      return `warning: no gradient in ${event.parameters.join(', ')}: nothing that is simulated depends on it at the start values`;
    case 'guards':
      return `warning: guards bind: ${describeGuards(event.shares)}; gradients through them are 0`;
  }
}

export const stepText = ({ doing, share }: Share, { validation = 'validation' }: Told): string =>
  `${doing === 'validation' ? validation : doing} ${Math.floor(100 * share)} %`;

/** `maximumChange in 12 % of rule steps, …` */
export const describeGuards = (shares: Readonly<Record<string, number>>): string =>
  Object.entries(shares)
    .map(([name, share]) => `${name} in ${Number((share * 100).toPrecision(2))} % of rule steps`)
    .join(', ');

function describeProgress(p: Progress, told: Told): string {
  const { metric, steps } = told;
  return [
    `${p.iteration}/${p.iterations}`,
    `${metric} ${number(p.objective)} (best set ${number(p.bestObjective)})`,
    `validation ${number(p.validation)}`,
    ...p.violations.map((v, k) => `${told.constraints?.[k] ?? 'constraint'} ${v > 0 ? '+' : ''}${number(v)}`),
    `rate ${p.learningRate.toPrecision(2)}`,
    `|g| ${p.gradientNorm.toPrecision(2)}`,
    `${amount(p.stepsPerSecond)} ${steps}/s`,
    `${duration(p.etaSeconds)} left`,
  ].join(' · ');
}

const number = (x: number): string => (Number.isFinite(x) ? String(Number(x.toPrecision(5))) : String(x));

/** With a prefix of thousands: 12.3 M. */
export function amount(x: number): string {
  const scale = x >= 1e9 ? 'G' : x >= 1e6 ? 'M' : x >= 1e3 ? 'k' : '';
  const divisor = { G: 1e9, M: 1e6, k: 1e3, '': 1 }[scale];
  return `${Number((x / divisor).toPrecision(3))}${scale === '' ? '' : ` ${scale}`}`;
}

/** 42 s, 3 min 20 s, 2 h 5 min */
export function duration(seconds: number): string {
  if (seconds > 0 && seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
