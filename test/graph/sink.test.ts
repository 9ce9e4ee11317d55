/** State that changes only in an arm: what sinks into it, what does not, and that no bit changes, that of a zero's sign included. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adjoint,
  buffer,
  type Expr,
  emit,
  type Item,
  input,
  load,
  lower,
  type Program,
  scan,
  schedule,
  sink,
  trace,
  where,
} from '../../src/graph/index.js';
import { reference } from '../../src/targets/reference/index.js';
import { wasm } from '../../src/targets/wasm/index.js';
import { expectSameBits } from '../targets/agreement.js';
import { checked, given } from './check.js';
import { nest, nestedProgram } from './random.js';

type Loop = Extract<Item, { kind: 'loop' }>;

/** Ops of a loop's step: outside of its arms, in arms of a true mask, in arms of a false one. */
function opsOf(program: Program, name: string): { quiet: string[]; taken: string[]; other: string[] } {
  const found: Loop[] = [];
  const search = (items: readonly Item[]) => {
    for (const item of items) {
      if (item.kind === 'loop' && item.scan.name === name) found.push(item);
      if (item.kind === 'loop' || item.kind === 'arm') search(item.body);
    }
  };
  search(schedule(program, { across: true }).body);
  const ops = { quiet: [] as string[], taken: [] as string[], other: [] as string[] };
  const visit = (items: readonly Item[], list: string[]) => {
    for (const item of items) {
      if (item.kind === 'let') list.push(item.expr.op);
      if (item.kind === 'arm') visit(item.body, item.side ? ops.taken : ops.other);
    }
  };
  for (const { body } of found) visit(body, ops.quiet);
  return ops;
}

/** A price at which somebody trades in few steps; the trade is costly. */
const trades = (body: (s: Expr, gain: Expr, traded: Expr) => Expr): Program =>
  checked(
    trace('trades', () => {
      const p = buffer('set', 'p', 2, { differentiable: true });
      const [x, fee] = [load(p, 0), load(p, 1)];
      const end = scan({
        name: 'steps',
        length: input('N'),
        init: x,
        body: (s, t) => {
          const price = t.mod(5).float().sub(2).mul(x);
          const traded = price.greater(0.4);
          return body(s, price.exp().mul(fee).add(price.square().add(1).sqrt()).div(price.add(3)), traded);
        },
      });
      emit(buffer('output', 'loss', 1), 0, end);
    }),
  );

/** Four sets: prices, fees. In the last one nobody ever trades. */
const inputs = given(
  [
    [0.62, -0.41, 0.95, -0],
    [1.27, 0.83, -0.73, 0],
  ],
  { run: { N: 12 } },
);

/** Both have the same bits, as they are and on wasm, where sinking is a part of compiling. */
function expectUnchanged(program: Program): void {
  const wanted = reference.compile(program).run(inputs);
  expectSameBits(reference.compile(sink(lower(program))).run(inputs), wanted);
  const compiled = wasm.compile(program, { threads: 1 });
  expectSameBits(compiled.run(inputs), wanted);
  compiled.dispose();
}

describe('what sinks', () => {
  it.each([
    ['a difference', (s: Expr, gain: Expr, m: Expr) => s.sub(where(m, gain, 0)), 'sub'],
    ['a product', (s: Expr, gain: Expr, m: Expr) => s.mul(where(m, gain, 1)), 'mul'],
    ['a sum of what is never −0', (s: Expr, gain: Expr, m: Expr) => s.abs().add(where(m, gain, 0)), 'add'],
  ])('is %s', (_, body, op) => {
    const program = trades(body);
    const plain = lower(program);
    const [before, after] = [plain, sink(plain)].map((p) => opsOf(p, 'steps'));
    const count = (ops: readonly string[]) => ops.filter((o) => o === op).length;
    expect(count(after.quiet)).toBe(count(before.quiet) - 1);
    expect(count(after.taken)).toBe(count(before.taken) + 1);
    expectUnchanged(program);
  });

  it('is a sum over steps, in an adjoint', () => {
    const program = adjoint(
      trades((s, gain, m) => s.mul(0.9).add(where(m, gain.mul(s), 0))),
      { wrt: ['p'], seeds: { loss: 'one' } },
    );
    const plain = lower(program);
    const [before, after] = [plain, sink(plain)].map((p) => opsOf(p, 'steps†'));
    expect(after.quiet.length).toBeLessThan(before.quiet.length);
    expectUnchanged(program);
  });

  it('is not a sum with what may be −0', () => {
    const program = trades((s, gain, m) => s.add(where(m, gain, 0)));
    const signs = reference.compile(program).run(inputs).loss;
    expectUnchanged(program);
    // of the lane that starts at −0, in which nobody trades: −0 + 0
    expect(Object.is(signs[3], 0)).toBe(true);
  });

  it('leaves a program in which nothing sinks as it is', () => {
    const program = trades((s, gain) => s.mul(0.5).add(gain));
    expect(sink(program)).toBe(program);
  });
});

it('changes no bit of random programs and their adjoints', () => {
  fc.assert(
    fc.property(nest, (spec) => {
      const program = checked(nestedProgram(spec));
      const both = adjoint(program, { wrt: ['p'], seeds: { loss: 'one' } });
      const own = given(
        [
          [0.62, 1.27, -0.2],
          [-0.41, 0.83, 0.5],
          [0.95, -0.73, 1.1],
        ],
        { run: { N: spec.steps } },
      );
      for (const p of [program, both]) {
        const wanted = reference.compile(p).run(own);
        expectSameBits(reference.compile(sink(lower(p))).run(own), wanted);
        const compiled = wasm.compile(p, { threads: 1 });
        expectSameBits(compiled.run(own), wanted);
        compiled.dispose();
      }
    }),
    { numRuns: 40, seed: 20261128 },
  );
});
