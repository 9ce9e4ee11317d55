/** Fingerprints: one for programs that were traced alike, another for each that differs in anything. */
import { expect, it } from 'vitest';
import { buffer, emit, fingerprint, input, integer, load, type Program, scan, trace } from '../../src/graph/index.js';

/** What the variants below differ in. */
interface Variant {
  readonly name?: string;
  readonly rate?: number;
  readonly every?: number | 'input';
  readonly per?: 'run' | 'window';
  readonly kind?: 'series' | 'set';
  readonly columns?: number;
  readonly differentiable?: boolean;
  readonly reverse?: boolean;
  readonly next?: 'sum' | 'product';
  readonly column?: number;
  readonly when?: boolean;
}

const program = (v: Variant = {}): Program =>
  trace(v.name ?? 'program', () => {
    const x = buffer(v.kind ?? 'set', 'x', v.columns ?? 2, { differentiable: v.differentiable ?? false });
    const every = v.every === 'input' ? input('every', v.per ?? 'run') : integer(v.every ?? 5);
    const out = buffer('output', 'y', 2);
    const y = scan({
      name: 'steps',
      length: input('N'),
      reverse: v.reverse ?? false,
      init: load(x, 0).mul(v.rate ?? 0.1),
      body: (a, t) => {
        emit(out, 1, a, 0, v.when === true ? t.mod(every).equal(0) : null);
        return v.next === 'product' ? a.mul(load(x, 1)) : a.add(load(x, 1)).add(t.mod(every).float());
      },
    });
    emit(out, v.column ?? 0, y);
  });

it('is that of every trace of the same program', () => {
  expect(fingerprint(program())).toBe(fingerprint(program()));
});

it('differs with everything that a program is made of', () => {
  const variants: Variant[] = [
    {},
    { name: 'another' },
    { rate: 0.2 },
    { rate: -0 },
    { rate: 0 },
    { every: 6 },
    { every: 'input' },
    { every: 'input', per: 'window' },
    { kind: 'series' },
    { columns: 3 },
    { differentiable: true },
    { reverse: true },
    { next: 'product' },
    { column: 1 },
    { when: true },
  ];
  expect(new Set(variants.map((v) => fingerprint(program(v)))).size).toBe(variants.length);
});
