/** From where to where values are needed: through loops, out of arms, how many at a time. */
import { describe, expect, it } from 'vitest';
import {
  buffer,
  type Expr,
  emit,
  type Item,
  input,
  type LoopItem,
  lifetimes,
  load,
  type Program,
  placesOf,
  readBy,
  scan,
  schedule,
  trace,
  where,
} from '../../src/graph/index.js';
import { checked } from './check.js';

const bodyOf = (program: Program): readonly Item[] => schedule(checked(program)).body;
const opsOf = (nodes: readonly Expr[] = []): string[] => nodes.map((e) => e.op).sort();

describe('lifetimes', () => {
  it('knows what passes a loop, and what leaves an arm', () => {
    const body = bodyOf(
      trace('passing', () => {
        const p = buffer('set', 'p', 3);
        const [passing, inside, start] = [load(p, 0).sqrt(), load(p, 1).abs(), load(p, 2)];
        const first = scan({
          length: input('N'),
          init: start.add(passing),
          body: (x) => where(x.less(inside), x.exp().log(), 2),
        });
        emit(buffer('output', 'y', 1), 0, first.mul(passing));
      }),
    );
    const { through, leaving } = lifetimes(body);
    const loop = body.find((i): i is LoopItem => i.kind === 'loop') as LoopItem;
    // `inside` is read in the loop, and not behind it
    expect(opsOf(through.get(loop))).toEqual(['sqrt']);
    const arms = loop.body.filter((i) => i.kind === 'arm');
    expect(arms.map((arm) => opsOf(leaving.get(arm)))).toEqual([['log']]);
  });

  it('counts numbers, those of a loop with what passes it', () => {
    const count = 7;
    const body = bodyOf(
      trace('counting', () => {
        const p = buffer('set', 'p', count + 1);
        const values = Array.from({ length: count }, (_, i) => load(p, i));
        const last = scan({ length: input('N'), init: load(p, count), body: (x) => x.mul(0.5) });
        emit(
          buffer('output', 'y', 1),
          0,
          values.reduce((a, b) => a.mul(b), last),
        );
      }),
    );
    const { most } = lifetimes(body);
    const loop = body.find((i) => i.kind === 'loop') as LoopItem;
    expect(most.get(loop)).toBe(count + 1);
  });

  it('needs nothing before the first item', () => {
    const program = trace('nest', () => {
      const p = buffer('set', 'p', 2);
      const [a, b] = [load(p, 0), load(p, 1)];
      const outer = scan({
        length: input('N'),
        init: { x: a, y: b },
        body: ({ x, y }, t) => ({
          x: scan({ length: 3, init: x, body: (z, k) => where(z.less(y), z.exp().mul(b), k.float().add(t.float())) }),
          y: x,
        }),
      });
      emit(buffer('output', 'y', 1), 0, outer.x.add(outer.y));
    });
    const made = new Set<Expr>();
    // in order, every read finds what was made before
    const visit = (items: readonly Item[]): void => {
      for (const item of items) {
        for (const e of readBy(item)) expect(made.has(e), e.op).toBe(true);
        if (item.kind === 'let') made.add(item.expr);
        if (item.kind === 'loop') for (const e of [item.scan.counter, ...item.scan.carries]) made.add(e);
        if (item.kind === 'loop' || item.kind === 'arm') visit(item.body);
        if (item.kind === 'loop') for (const e of placesOf(item.scan.next)) expect(made.has(e), e.op).toBe(true);
      }
    };
    visit(bodyOf(program));
    expect(made.size).toBeGreaterThan(5);
  });
});
