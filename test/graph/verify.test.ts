/** The verifier names what is broken; tracing refuses what can be seen at once. */
import { describe, expect, it } from 'vitest';
import { node, withGraph } from '../../src/graph/expr.js';
import {
  buffer,
  constant,
  type Emit,
  type Expr,
  emit,
  input,
  integer,
  load,
  lower,
  type Program,
  type Scan,
  scan,
  schedule,
  trace,
  verify,
  where,
} from '../../src/graph/index.js';

/** A good program, then damage to it. */
const damaged = (damage: (program: Program, s: Scan) => void) => {
  const program = trace('good', () => {
    const x = load(buffer('set', 'p', 2), 0);
    const tape = buffer('tape', 'samples', 1, { rows: input('N') });
    const y = scan({
      name: 'write',
      length: input('N'),
      init: x,
      body: (s, t) => {
        emit(tape, 0, s, t);
        return s.mul(x);
      },
    });
    const z = scan({ name: 'read', length: input('N'), init: y, body: (s, t) => s.add(load(tape, 0, t)) });
    emit(buffer('output', 'loss', 1), 0, z);
  });
  verify(program);
  withGraph(program.graph, () => damage(program, program.graph.root.scans[0]));
  return () => verify(program);
};
const store = (region: { emits: Emit[] }, change: Partial<Record<keyof Emit, unknown>>) => {
  region.emits[0] = { ...region.emits[0], ...change } as Emit;
};

describe('verify refuses', () => {
  it.each<[string, (program: Program, s: Scan) => void, RegExp]>([
    [
      'wrong argument types',
      () => node('exp', [integer(1)], null, ''),
      /argument 0 of %\d+ \(exp\) was expected to be f64, got i32 %\d+ \(iconst\)/,
    ],
    [
      'wrong numbers of arguments',
      () => node('add', [constant(1)], null, ''),
      /\(add\) was expected to have 2 arguments, got 1/,
    ],
    [
      'a node older than its argument',
      () => {
        const young = constant(77);
        Object.assign(node('neg', [constant(78)], null, ''), { args: [young], id: 0 });
      },
      /\(neg\) is older than its argument %\d+ \(const\)/,
    ],
    [
      'a node in the wrong region',
      (p) => Object.assign(constant(5), { region: p.graph.root.scans[1] }),
      /\(const\) does not stand in the innermost region/,
    ],
    [
      'a store under a mask',
      (p) => store(p.graph.root, { when: constant(0).less(load(p.graph.buffers[0], 1)) }),
      /when of the store to loss\[·\]\[0\] was expected to be cond, got bool/,
    ],
    [
      'a slot that is no integer',
      (p) => store(p.graph.root, { slot: constant(0) }),
      /the slot of the store to loss\[·\]\[0\] was expected to be i32, got f64/,
    ],
    ['a column that does not exist', (p) => load(p.graph.buffers[0], 2), /p has 2 columns, got column 2/],
    [
      'a load from an output',
      (p) => load(p.graph.buffers[2], 0),
      /loads read inputs and tapes, loss is of kind output/,
    ],
    [
      'a store to an input',
      (p) => store(p.graph.root, { buffer: p.graph.buffers[0] }),
      /stores go to outputs and tapes, p is of kind set/,
    ],
    [
      'a value of a scan used outside it',
      (p, s) => store(p.graph.root, { value: s.carries[0] }),
      /uses %\d+ \(carry\), which is computed in a scan that is not around it/,
    ],
    [
      'an integer that varies by lane',
      (_p, s) => node('int', [s.carries[0]], null, ''),
      /%\d+ \(int\) is made of %\d+ \(carry\), which varies by lane/,
    ],
    ['a ghost', (p) => store(p.graph.root, { ghost: true }), /the store to loss\[·\]\[0\] is a ghost/],
    ['a missing next', (_p, s) => s.next.pop(), /scan write has 1 carries, but 0 next/],
    [
      'a carry that is no float',
      (_p, s) => {
        s.next[0] = s.counter;
      },
      /the next of carry 0 of scan write was expected to be f64, got i32/,
    ],
    [
      'a bound inside a scan',
      (_p, s) => Object.assign(s, { bound: s.counter }),
      /the bound of scan write must be known at the root/,
    ],
    [
      'a length that is no integer',
      (_p, s) => Object.assign(s, { length: constant(1) }),
      /the length of scan write was expected to be i32, got f64/,
    ],
    [
      'an active that is no mask',
      (_p, s) => {
        s.active = s.counter.less(3);
      },
      /active of scan write was expected to be bool, got cond/,
    ],
    ['two inputs of one name', () => buffer('lane', 'p', 1), /two inputs are called p/],
    ['two outputs of one name', () => buffer('output', 'loss', 1), /two outputs are called loss/],
    [
      'a tape that is read before it is stored',
      (p) =>
        p.graph.root.scans.reverse().forEach((s, i) => {
          s.id = 1000 + i;
        }),
      /reads samples\[·\]\[0\] before scan write stores it/,
    ],
    ['a tape that nothing stores', (_p, s) => s.emits.pop(), /reads samples\[·\]\[0\], which nothing stores/],
    ['a scan that was lost', (p) => p.graph.root.scans.shift(), /is not in the program/],
  ])('%s', (_name, damage, message) => {
    expect(damaged(damage)).toThrow(message);
  });

  it('nodes of another program', () => {
    const other: { x?: Expr } = {};
    trace('other', () => {
      other.x = constant(3);
    });
    expect(damaged((p) => store(p.graph.root, { value: other.x }))).toThrow(
      /verify good: the store to loss.* uses %0 \(const\), which belongs to another program/,
    );
  });

  it('a half lowered program', () => {
    const program = trace('half', () => {
      const x = load(buffer('set', 'p', 1), 0);
      emit(buffer('output', 'loss', 1), 0, x.exp());
    });
    const low = lower(program);
    verify(low);
    withGraph(low.graph, () => {
      const value = low.graph.root.emits[0].value;
      low.graph.root.emits[0] = { ...low.graph.root.emits[0], value: value.log() };
    });
    expect(() => verify(low)).toThrow(/%\d+ \(log\) was left beside the lowered %\d+ \(scale2\)/);
  });
});

describe('tracing refuses', () => {
  const x = () => load(buffer('set', 'p', 1), 0);
  it.each<[string, () => void, string]>([
    [
      'a mask as when',
      () => emit(buffer('output', 'y', 1), 0, x(), 0, x().less(0)),
      'emit: when was expected to be a uniform predicate (cond), got bool',
    ],
    [
      'an integer as a value',
      () => emit(buffer('output', 'y', 1), 0, input('N')),
      'emit: the value was expected to be f64, got i32',
    ],
    [
      'a float as a slot',
      () => emit(buffer('output', 'y', 1), 0, x(), x()),
      'emit: the slot was expected to be i32, got f64',
    ],
    [
      'values of two loops in one expression',
      () => {
        const inside: Expr[] = [];
        for (const name of ['a', 'b'])
          scan({ name, length: 3, init: x(), body: (s) => inside[inside.push(s) - 1].mul(2) });
        inside[0].add(inside[1]);
      },
      'graph: values of two unrelated scans meet in one expression; use their outs',
    ],
    [
      'a length without a bound',
      () => {
        scan({
          length: 3,
          init: x(),
          body: (s, t) => scan({ name: 'inner', length: t.add(1), init: s, body: (r) => r.mul(2) }),
        });
      },
      'scan inner: its length depends on an outer loop; give a bound that does not',
    ],
    [
      'too few carries',
      () => scan({ name: 'two', length: 3, init: [x(), x().neg()], body: ([s]) => [s] }),
      'scan two: the body was expected to give a carry shaped like init, 2 entries, got 1 entries',
    ],
    [
      'other carries',
      () => scan({ name: 'one', length: 3, init: { u: x() }, body: ({ u }) => ({ v: u }) as unknown as { u: Expr } }),
      'scan one: the body was expected to give a carry shaped like init, a node, got nothing',
    ],
  ])('%s', (_name, body, message) => {
    expect(() => trace('wrong', body)).toThrow(message);
  });

  it('expressions outside trace()', () => {
    expect(() => constant(1)).toThrow('graph: no program is being traced; build expressions inside trace()');
  });

  it('but takes records in any order of their keys', () => {
    const program = trace('record', () => {
      const { a, b } = scan({
        length: 2,
        init: { a: x(), b: x().neg() },
        body: ({ a, b }) => ({ b: b.mul(3), a: a.add(1) }),
      });
      emit(buffer('output', 'y', 2), 0, a.mul(where(b.less(0), 1, 2)));
    });
    const [s] = program.graph.root.scans;
    expect(s.next.map((e) => e.op)).toEqual(['add', 'mul']);
    expect(schedule(program).live.scans.get(s)).toEqual([0, 1]);
  });
});
