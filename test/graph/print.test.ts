/** Programs as text: golden snapshots of two small programs and their adjoints. */
import { describe, expect, it } from 'vitest';
import {
  adjoint,
  buffer,
  emit,
  input,
  integer,
  load,
  type Program,
  print,
  scan,
  trace,
  where,
} from '../../src/graph/index.js';
import { checked } from './check.js';

const growth = (): Program =>
  trace('growth', () => {
    const p = buffer('set', 'p', 2, { differentiable: true });
    const rate = load(p, 0).exp();
    const x = scan({ name: 'steps', length: input('N'), init: load(p, 1), body: (s) => s.mul(rate).add(1) });
    emit(buffer('output', 'loss', 1), 0, x.maximum(0));
  });

const chunks = (): Program =>
  trace('chunks', () => {
    const n = input('N');
    const p = buffer('set', 'p', 1, { differentiable: true });
    const prices = buffer('series', 'prices', 1);
    const samples = buffer('tape', 'samples', 1, { rows: n });
    const x = scan({
      name: 'chunks',
      length: n.add(3).div(4),
      init: load(p, 0),
      body: (a, k) =>
        scan({
          name: 'minutes',
          length: n.sub(k.mul(4)).minimum(4),
          bound: integer(4),
          reverse: true,
          init: a,
          body: (b, j) => {
            const t = k.mul(4).add(j);
            const q = b.mul(load(prices, 0, t, input('start', 'window')));
            const next = where(q.less(1), q.log().exp().mul(a), b);
            emit(samples, 0, next, t, j.equal(0));
            return next;
          },
        }),
    });
    const sum = scan({
      name: 'sum',
      length: n,
      init: x,
      body: (s, t) => where(t.mod(4).equal(0), s.add(load(samples, 0, t)), s),
    });
    emit(buffer('output', 'loss', 1), 0, sum);
  });

describe('print', () => {
  it.each([
    ['growth', growth],
    ['chunks', chunks],
  ])('%s and its adjoint', async (name, make) => {
    const program = checked(make());
    const gradient = checked(adjoint(program, { wrt: ['p'], seeds: { loss: 'one' } }));
    expect(print(make())).toBe(print(program));
    await expect(print(program)).toMatchFileSnapshot(`golden/${name}.txt`);
    await expect(print(gradient)).toMatchFileSnapshot(`golden/${name}-adjoint.txt`);
  });
});
