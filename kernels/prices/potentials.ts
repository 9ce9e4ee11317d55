/** Floor 3. Potentials V(q) of phase space, with their gradients. */
import { type Expr, gradientOf, where } from '../../src/graph/index.js';
import { dot } from '../../src/rollout/functions.js';
import type { Parameters } from '../../src/rollout/model.js';
import { above, atLeastZero } from './generator.js';

/** Parameter values by name; scalars are arrays of length 1. */
type Values<T> = Readonly<Record<string, readonly T[]>>;

export interface Potential {
  readonly name: string;
  readonly doc: string;
  readonly parameters: Parameters;
  /** V(q). */
  readonly value: (q: readonly Expr[], v: Values<Expr>) => Expr;
  /** ∇V; left out: what differentiation of V finds. */
  readonly gradient?: (q: readonly Expr[], v: Values<Expr>) => readonly Expr[];
  /** The largest eigenvalue of the Hessian at q, for the bound of a stable step; left out: nothing is checked. */
  readonly stiffness?: (q: readonly number[], v: Values<number>) => number;
  /** Of one for each hidden regime: whether that of a regime has a parameter. */
  readonly inRegime?: (key: string, regime: number) => boolean;
}

export const gradientAt = (potential: Potential, q: readonly Expr[], v: Values<Expr>): readonly Expr[] =>
  potential.gradient?.(q, v) ?? gradientOf(potential.value(q, v), q);

/** V = k|q|²/2, ∇V = kq. */
export const quadratic: Potential = {
  name: 'quadratic',
  doc: 'k|q|²/2',
  parameters: { k: above({ unit: '1/year²', default: 4, doc: 'stiffness' }) },
  value: (q, { k }) => dot(q, q).mul(k[0]).mul(0.5),
  gradient: (q, { k }) => q.map((x) => x.mul(k[0])),
  stiffness: (_q, { k }) => k[0],
};

/** V = k₂r²/2 + k₄r⁴/4, r = |q|; ∇V = (k₂ + k₄r²)q; the Hessian's largest eigenvalue is k₂ + 3k₄r². */
export const anharmonic: Potential = {
  name: 'anharmonic',
  doc: 'k₂r²/2 + k₄r⁴/4, r = |q|',
  parameters: {
    k2: atLeastZero({ unit: '1/year²', default: 4, doc: 'stiffness at the bottom' }),
    k4: atLeastZero({ unit: '1/year²', default: 4, doc: 'growth of the stiffness with r²' }),
  },
  value: (q, { k2, k4 }) => {
    const square = dot(q, q);
    return square.mul(k2[0].mul(0.5).add(square.mul(k4[0]).mul(0.25)));
  },
  gradient: (q, { k2, k4 }) => {
    const stiff = k2[0].add(k4[0].mul(dot(q, q)));
    return q.map((x) => stiff.mul(x));
  },
  stiffness: (q, { k2, k4 }) => k2[0] + 3 * k4[0] * q.reduce((sum, x) => sum + x * x, 0),
};

/** A potential for each hidden regime, which stands in the values as `regime` (withRegimes). */
export function perRegime(potentials: readonly Potential[]): Potential {
  const chosen = <T>(regime: Expr, of: (p: Potential) => T, pick: (here: Expr, x: T, later: T) => T): T =>
    potentials
      .slice(0, -1)
      .reduceRight((later, p, k) => pick(regime.lessEqual(k), of(p), later), of(potentials[potentials.length - 1]));
  return {
    name: potentials.map((p) => p.name).join(' | '),
    doc: potentials.map((p, k) => `${p.doc} in regime ${k}`).join(', '),
    parameters: Object.assign({}, ...potentials.map((p) => p.parameters)),
    value: (q, v) => chosen(v.regime[0], (p) => p.value(q, v), where),
    gradient: (q, v) =>
      chosen(
        v.regime[0],
        (p) => gradientAt(p, q, v),
        (here, x, later) => x.map((g, i) => where(here, g, later[i])),
      ),
    stiffness: (q, v) => potentials[v.regime[0]].stiffness?.(q, v) ?? 0,
    inRegime: (key, regime) =>
      Object.hasOwn(potentials[regime].parameters, key) || !potentials.some((p) => Object.hasOwn(p.parameters, key)),
  };
}
