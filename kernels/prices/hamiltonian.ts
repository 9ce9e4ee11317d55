/**
 * Floor 3. Hamiltonian price dynamics: a point of unit mass in a potential, one coordinate an asset, with friction and noise.
 *
 * H = |p|²/2 + V(q). A step of leapfrog with exact friction (Störmer and Verlet; Leimkuhler and Matthews 2015, ch. 7), of
 * order 2 and symmetric in time, f = e^{−γdt/2}:
 *
 *     p ← f·p,  p ← p − (dt/2)∇V(q),  q ← q + dt·p,  p ← p − (dt/2)∇V(q),  p ← f·p
 *
 * A thermostat of temperature T takes p ← f·p + √(T(1 − f²))·N for each p ← f·p: of the quadratic potential ⟨p²⟩ = T and
 * ⟨q²⟩ = T/(k(1 − k·dt²/4)) then. Kicks add √(2e/d)·N to each p after a step instead, which injects the energy e on average.
 *
 * Draws of step t: 2i is the first half's of coordinate i (or its kick), 2i + 1 the second half's.
 */

import { UserError } from '../../src/errors.js';
import { constant, type Expr, gradientOf } from '../../src/graph/index.js';
import { dot, sum, tanh } from '../../src/rollout/functions.js';
import type { Parameters, Setting, SourceContext } from '../../src/rollout/model.js';
import { normal } from '../../src/rollout/random.js';
import { normalDensity } from './density.js';
import { above, atLeastZero, type Density, type Generator, type Known, real, START } from './generator.js';
import { anharmonic, gradientAt, type Potential, quadratic } from './potentials.js';
import { yearsOf } from './time.js';

type Phase = {
  readonly q: readonly Expr[];
  readonly p: readonly Expr[];
};

/** A phase, and a tangent that goes with it, renormalised as a whole after each step; Σ ln of the factors. */
type Tangential = {
  readonly phase: Phase;
  readonly dq: readonly Expr[];
  readonly dp: readonly Expr[];
  readonly grown: Expr;
};

type Settings = Readonly<Record<string, number>>;

const choice = (names: readonly string[], doc: string): Setting => ({
  default: 0,
  range: [0, names.length - 1],
  whole: true,
  choices: Object.fromEntries(names.map((name, i) => [name, i])),
  doc,
});

const INTEGRATORS = ['leapfrog', 'crate-euler', 'crate-step'];
const NOISES = ['thermostat', 'kicks', 'none'];
const MAPS = ['log', 'crate'];

const SETTINGS = {
  integrator: choice(INTEGRATORS, 'the step; those of the crate hanzo-hmm for comparison only'),
  noise: choice(NOISES, 'what keeps the prices moving; the crate’s integrators have none'),
  map: choice(MAPS, 'from phase space to prices'),
};

const NOISE: Readonly<Record<string, Parameters>> = {
  thermostat: { temperature: atLeastZero({ unit: '1/year²', default: 1, doc: 'mean of p²' }) },
  kicks: { kick: atLeastZero({ unit: '1/year³', default: 1, doc: 'energy injected a year' }) },
  none: {},
};

const PRICE: Readonly<Record<string, Parameters>> = {
  log: {
    a: real({ unit: '1', default: 1, trainable: false, doc: 'ln of the price a unit of q' }),
    b: real({ unit: 'year', default: 0, trainable: false, doc: 'ln of the price a unit of p' }),
  },
  crate: { energyScale: above({ unit: '1/year²', default: 1, doc: 'energy at which the price saturates' }) },
};

/** Prices of a phase: base·e^{a·q + b·p}, or as the crate prints them. */
function pricesOf(c: SourceContext, { q, p }: Phase, energy: Expr): Expr[] {
  const { base } = c.value;
  if (MAPS[c.settings.map] === 'log') {
    const { a, b } = c.value;
    return base.map((x, i) => x.mul(q[i].mul(a[0]).add(p[i].mul(b[0])).exp()));
  }
  // max(0, base·(1 + .1‖q‖)(1 + .05·mean p)(1 + .2·tanh(E/scale))); ‖q‖ has derivative 0 at 0
  const far = dot(q, q).sqrt().mul(0.1).add(1);
  const fast = sum(p)
    .mul(0.05 / p.length)
    .add(1);
  const high = tanh(energy.div(c.value.energyScale[0])).mul(0.2).add(1);
  return base.map((x) => x.mul(far).mul(fast).mul(high).maximum(0));
}

type Step = (phase: Phase, draw: (k: number) => Expr) => Phase;

/** The step of the page: symmetric, exact in its friction. */
function leapfrog(c: SourceContext, force: (q: readonly Expr[]) => readonly Expr[]): Step {
  const dt = yearsOf(c.clock);
  const damping = c.value.friction[0].mul(-dt);
  const keep = damping.mul(0.5).exp();
  const warm =
    NOISES[c.settings.noise] === 'thermostat' ? c.value.temperature[0].mul(damping.expm1().neg()).sqrt() : null;
  const rub = (p: readonly Expr[], half: number, draw: (k: number) => Expr) =>
    p.map((x, i) => {
      const slower = x.mul(keep);
      return warm === null ? slower : slower.add(warm.mul(normal(draw(2 * i + half))));
    });
  const kick = (p: readonly Expr[], q: readonly Expr[]) => {
    const g = force(q);
    return p.map((x, i) => x.sub(g[i].mul(dt / 2)));
  };
  // energy e a step: √(2e/d)·N in each coordinate
  const jolt = NOISES[c.settings.noise] === 'kicks' ? c.value.kick[0].mul((2 * dt) / c.n).sqrt() : null;
  return ({ q, p }, draw) => {
    const half = kick(rub(p, 0, draw), q);
    const moved = q.map((x, i) => x.add(half[i].mul(dt)));
    const whole = rub(kick(half, moved), 1, draw);
    return { q: moved, p: jolt === null ? whole : whole.map((x, i) => x.add(jolt.mul(normal(draw(2 * i))))) };
  };
}

/** The crate's `evolve`: forward Euler, whose energy grows by 1 + k·dt² a step of the quadratic potential without friction. */
function crateEuler(c: SourceContext, force: (q: readonly Expr[]) => readonly Expr[]): Step {
  const dt = yearsOf(c.clock);
  const gamma = c.value.friction[0];
  return ({ q, p }) => {
    const g = force(q);
    return {
      q: q.map((x, i) => x.add(p[i].mul(dt))),
      p: p.map((x, i) => x.sub(g[i].add(gamma.mul(x)).mul(dt))),
    };
  };
}

/** The crate's `evolve_step`: kick, friction, drift, kick, friction, which is of order 1 where there is friction. */
function crateStep(c: SourceContext, force: (q: readonly Expr[]) => readonly Expr[]): Step {
  const dt = yearsOf(c.clock);
  const keep = c.value.friction[0].mul(-dt / 2).add(1);
  const slowed = (p: readonly Expr[], q: readonly Expr[]) => {
    const g = force(q);
    return p.map((x, i) => x.sub(g[i].mul(dt / 2)).mul(keep));
  };
  return ({ q, p }) => {
    const half = slowed(p, q);
    const moved = q.map((x, i) => x.add(half[i].mul(dt)));
    return { q: moved, p: slowed(half, moved) };
  };
}

/**
 * The law of leapfrog with a thermostat or kicks where the price shows q alone (b = 0). A move shows the momentum in the
 * middle of its step, v = Δq/dt, and between two middles there is normal noise and nothing else:
 *
 *     v' = f·f'·(v − (dt/2)∇V(q)) − (dt/2)∇V'(q) + N(0, f'²·T(1 − f²) + T'(1 − f'²)),   kicks: N(0, f'²·2e·dt/d)
 *
 * q the place between the two moves, primes the parameters of the later step. No approximation: it is the scheme's own law.
 */
function densityOf(settings: Settings, potential: Potential): Density | null {
  const noise = NOISES[settings.noise];
  const isSeen = MAPS[settings.map] === 'log' && INTEGRATORS[settings.integrator] === 'leapfrog';
  if (!isSeen || noise === 'none') return null;
  const rubbed = (c: Known) => {
    const damping = c.value.friction[0].mul(-yearsOf(c.clock));
    const kept = damping.mul(0.5).exp();
    const noise = c.value.temperature?.[0].mul(damping.expm1().neg());
    return { kept, noise };
  };
  return {
    depth: 2,
    where: { b: 0 },
    log(seen, step, before) {
      const dt = yearsOf(step.clock);
      const { base, a } = step.value;
      const q = (back: number) => seen(back).prices.map((p, i) => p.div(base[i]).log().div(a[0]));
      const moved = (back: number) =>
        seen(back).logs.map((x, i) =>
          x
            .sub(seen(back + 1).logs[i])
            .div(a[0])
            .div(dt),
        );
      const [late, early] = [rubbed(step), rubbed(before)];
      const [g, gNow] = [before, step].map((c) => gradientAt(potential, q(1), c.value).map((x) => x.mul(dt / 2)));
      const variance =
        early.noise === undefined || late.noise === undefined
          ? late.kept.square().mul(before.value.kick[0].mul((2 * dt) / step.n))
          : late.kept.square().mul(early.noise).add(late.noise);
      const through = early.kept.mul(late.kept);
      const [v, next] = [moved(1), moved(0)];
      // of ln P: dv = d ln P/(a·dt)
      const unit = a[0].abs().mul(dt).log();
      return sum(
        next.map((x, i) => normalDensity(x.sub(through.mul(v[i].sub(g[i]))).add(gNow[i]), variance).sub(unit)),
      );
    },
  };
}

const STEPS = [leapfrog, crateEuler, crateStep];

/** The Hessian of V at q, times a vector. */
const curved = (potential: Potential, c: SourceContext, q: readonly Expr[], v: readonly Expr[]): readonly Expr[] =>
  gradientOf(dot(gradientAt(potential, q, c.value), v), q);

/**
 * With the finite-time Lyapunov exponent (Benettin et al. 1980): a tangent follows the linearised step, noise or not, and
 * the mean logarithm of what it grows by is the exponent, to O(1/steps).
 */
const withTangent = (
  generator: Generator<Phase>,
  chosen: (settings: Settings) => Potential,
): Generator<Tangential> => ({
  ...generator,
  reported: undefined,
  rows: { ...generator.rows, lyapunov: 'largest exponent so far, 1/year' },
  run: (c) => {
    const dt = yearsOf(c.clock);
    const potential = chosen(c.settings);
    const keep = c.value.friction[0].mul(-dt / 2).exp();
    const inner = generator.run(c);
    const even = c.value.base.map(() => constant(1 / Math.sqrt(2 * c.n)));
    return {
      init: () => {
        const { state, row } = inner.init();
        return {
          state: { phase: state, dq: even, dp: even, grown: constant(0) },
          row: { ...row, lyapunov: [constant(0)] },
        };
      },
      step: ({ phase, dq, dp, grown }, t) => {
        const { state, row } = inner.step(phase, t);
        const kicked = (p: readonly Expr[], q: readonly Expr[], x: readonly Expr[]) => {
          const h = curved(potential, c, q, x);
          return p.map((v, i) => v.sub(h[i].mul(dt / 2)));
        };
        const half = kicked(
          dp.map((v) => v.mul(keep)),
          phase.q,
          dq,
        );
        const moved = dq.map((x, i) => x.add(half[i].mul(dt)));
        const whole = kicked(half, state.q, moved).map((v) => v.mul(keep));
        const size = dot(moved, moved).add(dot(whole, whole)).sqrt();
        const total = grown.add(size.log());
        return {
          state: { phase: state, dq: moved.map((x) => x.div(size)), dp: whole.map((x) => x.div(size)), grown: total },
          row: { ...row, lyapunov: [total.div(t.float().mul(dt))] },
        };
      },
    };
  },
});

/** Stable below 4, and well within it below 1. */
const STABLE = 4;
const SAFE = 1;

/** The generator of one of several potentials, chosen by the setting `potential` where there are more than one. */
function generatorOf(potentials: readonly Potential[]): Generator<Phase> {
  const chosen = ({ potential = 0 }: Settings): Potential => potentials[potential];
  const generator: Generator<Phase> = {
    name: 'hamiltonian',
    doc: 'Hamiltonian dynamics of a point in a potential, with friction and noise, one coordinate an asset',
    settings:
      potentials.length === 1
        ? SETTINGS
        : {
            potential: choice(
              potentials.map((p) => p.name),
              potentials.map((p) => `${p.name}: ${p.doc}`).join('; '),
            ),
            ...SETTINGS,
          },
    parameters: (settings) => ({
      base: { ...START, trainable: true, doc: 'price at rest' },
      position: real({ shape: 'asset', unit: '1', default: 0, trainable: false, doc: 'q at the first step' }),
      momentum: real({ shape: 'asset', unit: '1/year', default: 0, trainable: false, doc: 'p at the first step' }),
      ...chosen(settings).parameters,
      friction: atLeastZero({ unit: '1/year', default: 1, doc: 'rate at which momentum is lost' }),
      ...NOISE[NOISES[settings.noise]],
      ...PRICE[MAPS[settings.map]],
    }),
    rows: {
      prices: 'one an asset',
      position: 'q, one an asset',
      momentum: 'p, one an asset',
      energy: '|p|²/2 + V(q)',
    },
    draws: (n) => 2 * n,
    density: (settings) => densityOf(settings, chosen(settings)),
    ...(potentials.length === 1 && potentials[0].inRegime ? { inRegime: potentials[0].inRegime } : {}),
    check(values, clock, settings) {
      const stiffness = chosen(settings).stiffness?.(values.position, values) ?? 0;
      const stability = stiffness * yearsOf(clock) ** 2;
      if (stability >= STABLE) {
        throw new UserError(
          `hamiltonian: k·dt² below ${STABLE} was expected for a stable step, got ${stability}; take a shorter step or a smaller k`,
        );
      }
      return stability > SAFE
        ? [`hamiltonian: k·dt² is ${stability}: above ${SAFE} the step is coarse, and from ${STABLE} on unstable`]
        : [];
    },
    run: (c) => {
      const potential = chosen(c.settings);
      const step = STEPS[c.settings.integrator](c, (q) => gradientAt(potential, q, c.value));
      const at = (phase: Phase) => {
        const energy = dot(phase.p, phase.p).mul(0.5).add(potential.value(phase.q, c.value));
        const prices = pricesOf(c, phase, energy);
        return { state: phase, row: { prices, position: phase.q, momentum: phase.p, energy: [energy] } };
      };
      return {
        init: () => at({ q: c.value.position, p: c.value.momentum }),
        step: (phase, t) => at(step(phase, (k) => c.uniform(t.sub(1), k))),
      };
    },
  };
  return { ...generator, reported: () => withTangent(generator, chosen) };
}

/** Quadratic and anharmonic, by the setting `potential`. */
export const hamiltonian = generatorOf([quadratic, anharmonic]);

/** With a potential of one's own. */
export const hamiltonianWith = (potential: Potential): Generator<Phase> => generatorOf([potential]);
