/** Potentials written as expressions, and one for each hidden regime: values, forces, and what is no expression. */
import { describe, expect, it } from 'vitest';
import { hamiltonianWith, perRegime, potentialOf, withRegimes } from '../../kernels/prices/index.js';
import { anharmonic, gradientAt, quadratic } from '../../kernels/prices/potentials.js';
import { clockOf } from '../../kernels/prices/time.js';
import { checkGenerator, resolveGenerator } from '../../src/config/generator.js';
import { UserError } from '../../src/errors.js';
import { buffer, constant, emit, load, trace } from '../../src/graph/index.js';
import { createRollout } from '../../src/rollout/compiled.js';
import { watching } from '../../src/rollout/watch.js';
import { reference } from '../../src/targets/reference/index.js';
import { derivative } from '../differences.js';

/** V and ∇V at a point, with these values of parameters. */
function at(text: string, q: readonly number[], values: Readonly<Record<string, number>> = {}) {
  const potential = potentialOf(text);
  const program = trace('potential', () => {
    const given = buffer('set', 'q', q.length);
    const x = q.map((_, i) => load(given, i));
    const v = Object.fromEntries(Object.entries(values).map(([key, y]) => [key, [constant(y)]]));
    emit(buffer('output', 'value', 1), 0, potential.value(x, v));
    const force = buffer('output', 'force', q.length);
    gradientAt(potential, x, v).forEach((g, i) => {
      emit(force, i, g);
    });
  });
  const executable = reference.compile(program);
  const run = (point: readonly number[]) =>
    executable.run({ sets: 1, windows: 1, run: {}, window: {}, buffers: { q: Float64Array.from(point) } });
  return { value: run(q).value[0], force: Array.from(run(q).force), of: (point: number[]) => run(point).value[0] };
}

describe('an expression', () => {
  it.each<[string, (x: number) => number]>([
    ['q', (x) => x],
    ['1 + 2*q - 3/4', (x) => 1 + 2 * x - 0.75],
    ['-q^2', (x) => -(x ** 2)],
    ['2^-1*(q - 1)^3', (x) => 0.5 * (x - 1) ** 3],
    ['q - 1 - 2', (x) => x - 3],
    ['12/q/2', (x) => 6 / x],
    [
      'exp(-q) + log(q)*sqrt(q) + abs(q - 3) + tanh(q)',
      (x) => Math.exp(-x) + Math.log(x) * Math.sqrt(x) + Math.abs(x - 3) + Math.tanh(x),
    ],
    ['max(q, 1)^1.5 + min(q, 1)', (x) => Math.max(x, 1) ** 1.5 + Math.min(x, 1)],
    ['c*q^4/4 - b_2*q', (x) => (0.7 * x ** 4) / 4 - 0.3 * x],
    ['.5e1*q^(1 + 1)', (x) => 5 * x ** 2],
  ])('%s has its value and its force, added up over the coordinates', (text, plain) => {
    const q = [0.6, 1.7];
    const { value, force } = at(text, q, { c: 0.7, b_2: 0.3 });
    expect(value).toBeCloseTo(plain(q[0]) + plain(q[1]), 12);
    q.forEach((x, i) => {
      expect(force[i]).toBeCloseTo(derivative(plain, x), 6);
    });
  });

  it('in r or in single coordinates is of the whole point', () => {
    const { value, force } = at('r^2/2 + c*q1*q2', [3, 4], { c: 2 });
    expect(value).toBeCloseTo(12.5 + 24, 12);
    expect(force[0]).toBeCloseTo(3 + 8, 12);
    expect(force[1]).toBeCloseTo(4 + 6, 12);
  });

  it('declares its other names as parameters, and knows how stiff it is', () => {
    const potential = potentialOf('height*(q^2 - 1)^2');
    expect(Object.keys(potential.parameters)).toEqual(['height']);
    // V'' = 4·height·(3q² − 1)
    expect(potential.stiffness?.([2, 0], { height: [3] })).toBeCloseTo(4 * 3 * 11, 3);
    expect(potential.stiffness?.([0, 0], { height: [3] })).toBeCloseTo(-12, 3);
  });

  it.each<[string, RegExp]>([
    ['q +', /^potential: a number, a name or \( was expected, got 'the end' in 'q \+'; write for example /],
    ['(q', /'\)' was expected, got 'the end'/],
    ['q q', /an operator expected, got 'q'/],
    ['sin(q)', /one of the functions exp, log, sqrt, abs, tanh, min, max was expected, got sin\(…\)/],
    ['constructor(q)', /one of the functions/],
    ['max(q)', /2 arguments of max were expected, got 1/],
    ['q; 1', /numbers, names and \+ - \* \/ \^ \( \) , expected, got ';'/],
    ['a*b', /q, r or q1, q2 … were expected, got none of them/],
    ['q*r', /either q of one coordinate or expected, got q and r|either q/],
    ['friction*q^2', /a name of its own for each parameter was expected, got friction/],
    ['q'.repeat(2000), /an expression of at most 1000 characters expected, got 2000/],
  ])('that is none: %s', (text, message) => {
    expect(() => potentialOf(text)).toThrow(UserError);
    expect(() => potentialOf(text)).toThrow(message);
  });

  it('of coordinates that are not there', () => {
    expect(() => at('q1*q3', [1, 2])).toThrow(/coordinates from q1 to q2, one an asset, were expected, got q3/);
  });
});

describe('in a config', () => {
  const of = (document: object) => resolveGenerator({ kind: 'hamiltonian', ...document }, ['A']);

  it('an expression brings its parameters', () => {
    const { parameters, plain, model } = of({ potential: 'height*(q^2 - 1)^2', height: 3 });
    expect(parameters.height.value).toEqual([3]);
    expect(plain.potential).toBe('height*(q^2 - 1)^2');
    expect(resolveGenerator(plain as { kind: string }, ['A']).parameters.height.value).toEqual([3]);
    expect(Object.keys(model.settings)).not.toContain('potential');
  });

  it('a list has one for each regime, each with the parameters that are its own', () => {
    const { declared, model } = of({ potential: ['quadratic', 'height*(q^2 - 1)^2'], regimes: 2, k_0: 5, height_1: 3 });
    const keys = Object.keys(declared);
    expect(keys).toContain('k_0');
    expect(keys).toContain('height_1');
    expect(keys).not.toContain('k_1');
    expect(keys).not.toContain('height_0');
    expect(keys).toContain('friction_1');
    expect(model.name).toBe('hamiltonian-regimes');
  });

  it.each<[object, string | RegExp]>([
    [{ potential: 'cubic' }, /^model.potential: expected quadratic or anharmonic, got 'cubic'/],
    [{ potential: 'height*(q^2' }, /^model.potential: '\)' was expected, got 'the end'/],
    [
      { potential: ['quadratic', 'anharmonic'] },
      /expected regimes with a list of potentials, got 2 of them; add regimes: 2/,
    ],
    [{ potential: ['quadratic'], regimes: 3 }, /expected 3 potentials, one a regime, got 1 of them/],
    [
      { potential: ['quadratic', 'cubic'], regimes: 2 },
      /expected quadratic, anharmonic or an expression in q, got 'cubic'/,
    ],
    [{ potential: 'height*q^2', heigt: 3 }, /expected a known key, got 'heigt'; did you mean 'height'/],
  ])('%j is refused', (document, message) => {
    expect(() => of(document)).toThrow(message);
  });

  it('a step that is not stable is refused in any regime', () => {
    const stiff = of({ potential: ['quadratic', 'height*q^2'], regimes: 2, height_1: 300 });
    expect(() => checkGenerator(stiff, clockOf(0.1))).toThrow(/k·dt² below 4 was expected for a stable step, got 6/);
    expect(checkGenerator(stiff, clockOf(0.01))).toEqual([]);
  });
});

describe('a potential for each regime', () => {
  const model = withRegimes(hamiltonianWith(perRegime([quadratic, anharmonic])), 2);
  const rollout = (only: typeof model | ReturnType<typeof hamiltonianWith>) =>
    createRollout(
      {
        assets: ['A', 'B'],
        clock: clockOf(0.05),
        source: { kind: 'drawn', model: only, settings: {}, seed: 3 },
        system: watching({ prices: 'one an asset' }),
        objective: { name: 'last', doc: '', reads: ['prices'], every: 0, score: (c) => c.last.prices[0] },
        penalties: [],
        settings: {},
      },
      null,
      reference,
    );

  it('is stepped in that of its regime', () => {
    const mixed = rollout(model);
    const values = {
      'hamiltonian-regimes.k_0': [4],
      'hamiltonian-regimes.k2_1': [2],
      'hamiltonian-regimes.k4_1': [9],
      'hamiltonian-regimes.position': [0.4, -1],
    };
    for (const regime of [0, 1]) {
      // moves nowhere from where it is
      const stays = Object.fromEntries(
        [0, 1].flatMap((i) => [0, 1].map((j) => [`hamiltonian-regimes.logit_${i}_${j}`, [j === regime ? 50 : -50]])),
      );
      const got = mixed.path(mixed.layout.raws({ ...values, ...stays }), 0, 20, 1).observed.prices;
      const alone = rollout(hamiltonianWith(regime === 0 ? quadratic : anharmonic));
      const own: Record<string, number[]> = regime === 0 ? { k: [4] } : { k2: [2], k4: [9] };
      const named = Object.fromEntries(Object.entries(own).map(([key, x]) => [`hamiltonian.${key}`, x]));
      const wanted = alone.path(alone.layout.raws({ ...named, 'hamiltonian.position': [0.4, -1] }), 0, 20, 1).observed
        .prices;
      got.forEach((p, i) => {
        expect(p).toBeCloseTo(wanted[i], 10);
      });
    }
  });
});
