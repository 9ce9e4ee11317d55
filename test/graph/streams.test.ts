/** Streams and slots: gradients of what loops load from inputs and tapes, stored where it was read. */
import { describe, expect, it } from 'vitest';
import { adjoint, buffer, constant, emit, input, integer, load, scan, trace, where } from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import { AGREEMENT, checked, given, gradientError, gradients } from './check.js';

const options = { wrt: ['p'], seeds: { loss: 'one' } } as const;
const parameters = (columns: number) => buffer('set', 'p', columns, { differentiable: true });
const loss = () => buffer('output', 'loss', 1);

describe('cotangents of a tape', () => {
  /** A scan stores two columns in every step; a second one reads them as `read` says. */
  const streamed = (read: (tape: ReturnType<typeof buffer>) => void) =>
    trace('streamed', () => {
      const p = parameters(2);
      const n = input('N');
      const tape = buffer('tape', 'steps', 2, { rows: n });
      scan({
        name: 'write',
        length: n,
        init: [load(p, 0)],
        body: ([x], t) => {
          emit(tape, 0, x.square(), t);
          emit(tape, 1, x.mul(load(p, 1)), t);
          return [x.mul(1.1)];
        },
      });
      read(tape);
    });

  it('are 0 for a column that nothing reads', () => {
    const program = streamed((tape) => {
      const sum = scan({
        name: 'read',
        length: input('N'),
        init: constant(0),
        body: (s, t) => s.add(load(tape, 0, t)),
      });
      emit(loss(), 0, sum.mul(load(buffer('set', 'p2', 1), 0)));
    });
    const inputs = given(
      [
        [1, 0.5, 2],
        [3, 4, 5],
      ],
      { run: { N: 4 }, buffers: { p2: Float64Array.of(1, 2, 3) } },
    );
    expect(gradientError(program, inputs)).toBeLessThan(AGREEMENT);
  });

  it('are 0 in slots that are not read, for every set', () => {
    const program = streamed((tape) => {
      const sum = scan({
        name: 'read',
        length: input('N').div(2),
        init: constant(0),
        body: (s, t) => s.add(load(tape, 0, t.mul(2)).mul(load(tape, 1, t.mul(2)).log())),
      });
      const again = scan({
        name: 'again',
        length: input('N').div(2),
        init: sum,
        body: (s, t) => where(t.equal(1), s, s.add(constant(1))),
      });
      emit(loss(), 0, again);
    });
    const inputs = given(
      [
        [1, 0.5, 2],
        [3, 4, 5],
      ],
      { run: { N: 6 } },
    );
    expect(gradientError(program, inputs)).toBeLessThan(AGREEMENT);
  });

  it('do not keep what another window left there', () => {
    const program = streamed((tape) => {
      const sum = scan({
        length: input('N').div(2),
        init: constant(0),
        body: (s, t) => s.add(load(tape, 0, t.mul(2).add(input('odd', 'window')))),
      });
      emit(loss(), 0, sum);
    });
    const both = reference.compile(checked(adjoint(program, options)));
    const inputs = { ...given([[1], [3]], { run: { N: 6 } }), windows: 2 };
    const of = (odd: number[]) => both.run({ ...inputs, window: { odd: Int32Array.from(odd) } })['d.p'];
    const [even] = of([0, 0]);
    const [odd] = of([1, 1]);
    expect(odd).not.toBe(even);
    expect([...of([0, 1])].slice(0, 2)).toEqual([even, odd]);
    expect([...of([1, 0])].slice(0, 2)).toEqual([odd, even]);
  });

  it('are 0 where the load was guarded by a uniform predicate', () => {
    const program = streamed((tape) => {
      const sum = scan({
        name: 'read',
        length: input('N'),
        init: constant(0),
        body: (s, t) => where(t.mod(2).equal(0), s, s.add(load(tape, 0, t.sub(1)).log())),
      });
      emit(loss(), 0, sum.square());
    });
    const inputs = given(
      [
        [1, 0.5, 2],
        [3, 4, 5],
      ],
      { run: { N: 5 } },
    );
    expect(gradientError(program, inputs)).toBeLessThan(AGREEMENT);
  });
});

describe('gradients by slot', () => {
  it('have a row for every slot that the root loads, in any order', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const program = trace('rows', () => {
        const p = parameters(1);
        const x = order.map((slot) => load(p, 0, slot).mul(slot + 1));
        emit(loss(), 0, x[0].mul(x[1]).add(x[2].square()));
      });
      expect(
        gradientError(
          program,
          given([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
        ),
      ).toBeLessThan(AGREEMENT);
    }
  });

  it('count slots from the base of the window', () => {
    const program = trace('based', () => {
      const p = parameters(1);
      const sum = scan({
        length: input('N'),
        init: constant(1),
        body: (s, t) => s.mul(load(p, 0, t, input('base', 'window'))),
      });
      emit(loss(), 0, sum);
    });
    const p = Float64Array.of(2, 3, 5, 7, 11, 13);
    const out = reference
      .compile(checked(adjoint(program, options)))
      .run({ sets: 1, windows: 2, run: { N: 2 }, window: { base: Int32Array.of(1, 3) }, buffers: { p } });
    expect([...out['d.p']]).toEqual([5, 11, 3, 7]); // [slot][window]
  });

  it('refuse a stream that is read twice', () => {
    const program = trace('twice', () => {
      const p = parameters(1);
      const sum = scan({
        name: 'minutes',
        length: input('N'),
        init: constant(0),
        body: (s, t) => s.add(load(p, 0, t).mul(load(p, 0, t.add(1)))),
      });
      emit(loss(), 0, sum);
    });
    expect(() => adjoint(program, options)).toThrow(
      'p[·][0] is read at two places of a loop; read it once and carry it',
    );
  });

  it('refuse a column that is read by the root and by a loop, or with two bases', () => {
    const both = trace('both', () => {
      const p = parameters(1);
      emit(loss(), 0, scan({ length: input('N'), init: load(p, 0), body: (s, t) => s.mul(load(p, 0, t)) }));
    });
    expect(() => adjoint(both, options)).toThrow('p[·][0] is read at two places');
    const based = trace('bases', () => {
      const p = parameters(1);
      emit(loss(), 0, load(p, 0).mul(load(p, 0, 0, input('base', 'window'))));
    });
    expect(() => adjoint(based, options)).toThrow('p[·][0] is read at two places');
  });

  it('refuse a slot that a loop around the load reads again in every step', () => {
    const program = trace('again', () => {
      const p = parameters(1);
      const sum = scan({
        name: 'chunks',
        length: input('C'),
        init: constant(1),
        body: (s) =>
          scan({ name: 'minutes', length: input('N'), init: s, body: (r, t) => r.add(load(p, 0, t).mul(s)) }),
      });
      emit(loss(), 0, sum);
    });
    expect(() => adjoint(program, options)).toThrow('p[·][0] is read again in every step of chunks');
  });
});

describe('arms', () => {
  it('guard what a scan inside them loads', () => {
    const program = trace('scan in an arm', () => {
      const p = parameters(1);
      const q = load(buffer('set', 'q', 1), 0);
      const logs = scan({
        name: 'logs',
        length: input('N'),
        init: q.mul(0).add(1),
        body: (s, t) => s.add(load(p, 0, t).mul(q).log().exp()),
      });
      emit(loss(), 0, where(q.greater(0), logs.mul(2), q.square()));
    });
    const inputs = given(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      { run: { N: 3 }, buffers: { q: Float64Array.of(2, -1) } },
    );
    const { gradient, difference } = gradients(program, inputs);
    gradient.forEach((g, i) => {
      expect(g).toBeCloseTo(difference[i], 6);
    });
    expect(gradient.filter((_g, i) => i % 2 === 1)).toEqual([0, 0, 0]);
  });

  it('keep loads under a uniform predicate from being made at all', () => {
    const program = trace('guarded', () => {
      const p = parameters(1);
      const sum = scan({
        length: input('N'),
        init: constant(2),
        body: (s, t) => where(t.less(1), s, s.mul(load(p, 0, t.sub(1)).sqrt())),
      });
      emit(loss(), 0, sum);
    });
    expect(
      gradientError(
        program,
        given(
          [
            [1, 2],
            [3, 4],
            [5, 6],
          ],
          { run: { N: 4 } },
        ),
      ),
    ).toBeLessThan(AGREEMENT);
  });
});

describe('reverse scans', () => {
  const program = trace('reverse', () => {
    const p = parameters(2);
    const out = scan({
      name: 'back',
      length: input('N'),
      reverse: true,
      init: [load(p, 0), load(p, 1)],
      body: ([x, y], t) => [y, x.mul(y).mul(0.5).add(t.float().mul(0.1)).div(y.square().add(1))],
    });
    emit(loss(), 0, out[0].add(out[1].mul(3)));
  });
  const inputs = given(
    [
      [0.3, 1.2],
      [0.9, -0.4],
    ],
    { run: { N: 7 } },
  );
  it('have adjoints', () => {
    expect(gradientError(program, inputs)).toBeLessThan(AGREEMENT);
  });
  it.each([1, 2, 3, 4, 7, 9])('and so in segments of %i steps', (k) => {
    const segmented = { ...inputs, run: { N: 7, segment_back: k } };
    expect(gradientError(program, segmented, { strategy: { back: 'segments' } })).toBeLessThan(AGREEMENT);
  });
  it('of no steps give back the start', () => {
    const none = reference.compile(checked(adjoint(program, options))).run({ ...inputs, run: { N: 0 } });
    expect([...none['d.p']]).toEqual([1, 1, 3, 3]);
  });
});

it('integers stand for rows and slots', () => {
  const program = trace('slots', () => {
    const out = buffer('output', 'y', 2, { rows: input('N').add(1) });
    emit(out, 1, constant(3), input('N'));
    emit(out, 0, constant(2), integer(0));
  });
  const { y } = reference
    .compile(checked(program))
    .run({ sets: 1, windows: 1, run: { N: 2 }, window: {}, buffers: {} });
  expect([...y]).toEqual([2, 0, 0, 0, 0, 3]);
});
