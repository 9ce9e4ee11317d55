/**
 * Floor 0. The printer: a scheduled program as readable text, the same for the same program.
 *
 * Numbers are node ids, as in the messages of verify(). A scan is shown as `name#id`, its variables as `name#id.t` (the
 * counter), `name#id.0` (a carry within the loop) and `name#id.out0` (after it).
 */
import type { Buffer, Emit, Expr, Scan } from './expr.js';
import type { Program } from './program.js';
import { type Item, schedule } from './schedule.js';

/** The text of a program: its live buffers and inputs, then the statements that a target runs, two spaces a level. */
export function print(program: Program): string {
  const { live, body } = schedule(program);
  const inputs = [...new Set(live.inputs.map((i) => `input ${i.name} per ${i.per}`))].sort();
  const buffers = live.buffers.map(
    (b) => `${b.kind} ${b.name}[${b.rows === null ? 'rows' : text(b.rows)}][${b.columns}]`,
  );
  return `${[`program ${program.name}`, ...inputs, ...buffers, ...items(body)].join('\n')}\n`;
}

const label = (s: Scan): string => `${s.name}#${s.id}`;

/** An operand: constants, inputs and variables by value or name, everything computed by number. */
function operand(e: Expr): string {
  const a = e.attr;
  if (a === null || 'buffer' in a) return `%${e.id}`;
  if ('value' in a) {
    if (e.dtype === 'cond' || e.dtype === 'bool') return String(a.value !== 0);
    return Object.is(a.value, -0) ? '-0' : String(a.value);
  }
  if ('input' in a) return a.input.name;
  if (e.op === 'counter') return `${label(a.scan)}.t`;
  return `${label(a.scan)}.${e.op === 'out' ? 'out' : ''}${a.index}`;
}

/** An integer of the root written out, because the rows of a buffer are not computed by any statement. */
function text(e: Expr): string {
  return e.args.length === 0 ? operand(e) : `${e.op}(${e.args.map(text).join(', ')})`;
}

function items(list: readonly Item[]): string[] {
  return list.flatMap((item) => {
    if (item.kind === 'let') return [`%${item.expr.id} = ${computation(item.expr)}`];
    if (item.kind === 'store') return [store(item.emit)];
    if (item.kind === 'loop') return loop(item.scan, item.carries, item.body);
    return [`if ${item.side ? '' : 'not '}${operand(item.mask)}`, ...indent(items(item.body))];
  });
}

const indent = (lines: readonly string[]): string[] => lines.map((l) => `  ${l}`);

function computation(e: Expr): string {
  if (e.attr !== null && 'buffer' in e.attr) {
    const [base, slot] = e.args;
    const row = base.constant === 0 ? operand(slot) : `${operand(base)} + ${operand(slot)}`;
    return `load ${cell(e.attr.buffer, row, e.attr.column)}`;
  }
  return [e.op, ...e.args.map(operand)].join(' ');
}

const cell = (b: Buffer, row: string, column: number): string => `${b.name}[${row}][${column}]`;

function store(e: Emit): string {
  const when = e.when === null ? '' : ` when ${operand(e.when)}`;
  return `emit ${cell(e.buffer, operand(e.slot), e.column)} = ${operand(e.value)}${when}`;
}

function loop(s: Scan, carries: readonly number[], body: readonly Item[]): string[] {
  const range = s.reverse ? `${operand(s.length)} - 1 … 0` : `0 … ${operand(s.length)} - 1`;
  const start = carries.map((i) => `carry ${operand(s.carries[i])} = ${operand(s.init[i])}`);
  const next = carries.map((i) => `next ${operand(s.carries[i])} = ${operand(s.next[i])}`);
  const active = s.active === null ? [] : [`active ${operand(s.active)}`];
  return [`scan ${label(s)}.t = ${range}`, ...indent([...start, ...items(body), ...next, ...active])];
}
