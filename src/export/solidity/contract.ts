/** Floor 5. The text of a contract `Strategy` for the AMM challenge, printed from the schedules of a policy's calls. */
import type { Expr, Item } from '../../graph/index.js';
import { texts } from './arithmetic.js';
import { type Call, columnOfLoad, type Policy } from './calls.js';
import { calls, decimalWad, library } from './wad.js';

const indent = (lines: readonly string[]): string[] => lines.map((line) => (line === '' ? '' : `    ${line}`));

/** More numbers than this stand in memory: the EVM reaches no deeper into its stack than 16. */
const MOST_ON_STACK = 24;

const CHOOSING: ReadonlySet<string> = new Set(['where', 'max', 'min']);

const constantText = (value: number): string => {
  const units = decimalWad(value);
  return units < 0n ? `(${units})` : `${units}`;
};

/** The body of a function, from the expressions of its inputs to statements and the texts of its outputs. */
function bodyOf(call: Call, inputs: Readonly<Record<string, string>>) {
  const { schedule } = call;
  const users = new Map<Expr, unknown[]>();
  const noteUse = (e: Expr, user: unknown) => users.set(e, [...(users.get(e) ?? []), user]);
  for (const e of schedule.live.exprs) for (const a of e.args) noteUse(a, e);
  for (const e of schedule.live.emits) noteUse(e.value, e);
  const names = new Map<Expr, string>();
  const declared = new Set<Expr>();
  const outputs: Record<string, string> = {};
  const inlined = inlinedIn(schedule.body, users);
  const count = computedIn(schedule.body).filter((e) => !inlined.has(e)).length;
  const inMemory = count > MOST_ON_STACK;
  let used = 0;

  const textOf = (e: Expr): string => {
    if (e.op === 'const') return constantText(e.constant as number);
    if (e.op === 'bconst') return e.constant === 1 ? 'true' : 'false';
    const name = names.get(e);
    if (name === undefined) throw new TypeError(`contract: ${e.op} was needed before it was computed`);
    return inMemory && e.dtype === 'bool' && !inlined.has(e) ? `(${name} != 0)` : name;
  };
  const written = (e: Expr): string => {
    if (e.op === 'load') return inputs[call.inputs[columnOfLoad(e)]];
    const write = texts[e.op];
    if (write === undefined) throw new TypeError(`contract: there is no ${e.op}`);
    // of two literals a choice would take a type that no negative number has
    const chosen = CHOOSING.has(e.op);
    return write(...e.args.map((a) => (chosen && a.op === 'const' ? `int256(${textOf(a)})` : textOf(a))));
  };
  const typeOf = (e: Expr) => (e.dtype === 'bool' ? 'bool' : 'int256');
  const nameOf = (e: Expr): string => {
    const name = inMemory ? `v[${used++}]` : `v${used++}`;
    names.set(e, name);
    return name;
  };
  const assigned = (e: Expr): string => {
    const value = written(e);
    if (!inMemory) return `${declared.has(e) ? names.get(e) : `${typeOf(e)} ${nameOf(e)}`} = ${value};`;
    return `${nameOf(e)} = ${e.dtype === 'bool' ? `(${value}) ? int256(1) : int256(0)` : value};`;
  };
  /** Numbers of an arm that something outside of it reads, which have to be declared before it. */
  const declare = (body: readonly Item[]): string[] => {
    if (inMemory) return [];
    const inside = new Set(computedIn(body));
    const leaking = [...inside].filter((e) => !declared.has(e) && users.get(e)?.some((u) => !inside.has(u as Expr)));
    return leaking.map((e) => {
      declared.add(e);
      return `${typeOf(e)} ${nameOf(e)};`;
    });
  };
  const lines = (items: readonly Item[]): string[] =>
    items.flatMap((item): string[] => {
      if (item.kind === 'store') {
        const { value, buffer } = item.emit;
        outputs[buffer.name] = value.op === 'const' ? `int256(${textOf(value)})` : textOf(value);
        return [];
      }
      if (item.kind === 'let' && inlined.has(item.expr)) {
        const value = written(item.expr);
        names.set(item.expr, isCall(value) ? value : `(${value})`);
        return [];
      }
      if (item.kind === 'let') return [assigned(item.expr)];
      if (item.kind === 'loop') throw new TypeError('contract: there are no loops');
      const before = declare(item.body);
      const condition = textOf(item.mask);
      const asked = item.side ? bare(condition) : `!${condition}`;
      return [...before, `if (${asked}) {`, ...indent(lines(item.body)), '}'];
    });
  const statements = lines(schedule.body);
  return { lines: inMemory ? [`int256[${count}] memory v;`, ...statements] : statements, outputs };
}

/** Without brackets around all of it; they stand there because it is no name and no call. */
const bare = (text: string): string => (text.startsWith('(') && isCall(`_${text}`) ? text.slice(1, -1) : text);

/** Whether a text is one call, which needs no brackets. */
function isCall(text: string): boolean {
  const open = text.indexOf('(');
  if (!/^\w+$/.test(text.slice(0, open))) return false;
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')') depth--;
    if (depth === 0) return i === text.length - 1;
  }
  return false;
}

/** Ops that are written with an argument twice. */
const TWICE: ReadonlySet<string> = new Set(['max', 'min', 'abs']);
/** Expressions that are not written into others are so at least in every so many levels. */
const DEEPEST = 3;

/** What is used once, in the block that it stands in: it is written where it is used. */
function inlinedIn(items: readonly Item[], users: ReadonlyMap<Expr, readonly unknown[]>): Set<Expr> {
  const inlined = new Set<Expr>();
  const visit = (block: readonly Item[]): void => {
    const depth = new Map<Expr, number>();
    const here = new Set(block.flatMap((item) => (item.kind === 'let' ? [item.expr] : [])));
    for (const e of here) {
      const below = Math.max(0, ...e.args.map((a) => (inlined.has(a) ? (depth.get(a) ?? 0) : 0)));
      const [user, ...more] = (users.get(e) ?? []) as Expr[];
      const once = more.length === 0 && here.has(user) && !TWICE.has(user.op);
      if (!once || below + 1 > DEEPEST) continue;
      inlined.add(e);
      depth.set(e, below + 1);
    }
    for (const item of block) if (item.kind === 'arm') visit(item.body);
  };
  visit(items);
  return inlined;
}

const computedIn = (items: readonly Item[]): Expr[] =>
  items.flatMap((item) => (item.kind === 'let' ? [item.expr] : item.kind === 'arm' ? computedIn(item.body) : []));

/** The functions of the library that a text calls, with those that they call. */
function libraryOf(text: string): string[] {
  const named = Object.keys(library).filter((name) => text.includes(`${name}(`));
  const all = new Set([...named, ...named.flatMap((name) => calls[name] ?? [])]);
  return [...all].flatMap((name) => ['', ...library[name]]);
}

/** Writes of what a call stores. */
const writes = ({ memory }: Policy, outputs: Readonly<Record<string, string>>): string[] =>
  memory.map((name, i) => `slots[${i}] = uint256(${outputs[name]}); // ${name.replace('memory.', '')}`);

/** @param about lines of the comment above the contract */
export function contractOf(policy: Policy, name: string, about: readonly string[]): string {
  const kept = Object.fromEntries(policy.memory.map((key, i) => [key, `int256(slots[${i}])`]));
  const start = { x: 'int256(initialX)', y: 'int256(initialY)' };
  const seen = {
    buysX: '(trade.isBuy ? int256(1e18) : int256(0))',
    x: 'int256(trade.amountX)',
    y: 'int256(trade.amountY)',
    step: 'int256(trade.timestamp) * 1e18',
    reserveX: 'int256(trade.reserveX)',
    reserveY: 'int256(trade.reserveY)',
  };
  const first = bodyOf(policy.start, start);
  const later = bodyOf(policy.after, { ...kept, ...seen });
  const fees = (outputs: Readonly<Record<string, string>>) =>
    `return (uint256(${outputs.bid}), uint256(${outputs.ask}));`;
  const body = [
    'function afterInitialize(uint256 initialX, uint256 initialY)',
    '    external',
    '    override',
    '    returns (uint256 bidFee, uint256 askFee)',
    '{',
    ...indent([...first.lines, ...writes(policy, first.outputs), fees(first.outputs)]),
    '}',
    '',
    'function afterSwap(TradeInfo calldata trade)',
    '    external',
    '    override',
    '    returns (uint256 bidFee, uint256 askFee)',
    '{',
    ...indent([...later.lines, ...writes(policy, later.outputs), fees(later.outputs)]),
    '}',
    '',
    'function getName() external pure override returns (string memory) {',
    `    return ${JSON.stringify(name)};`,
    '}',
  ];
  const functions = [...body, ...libraryOf(body.join('\n'))];
  return [
    '// SPDX-License-Identifier: MIT',
    'pragma solidity ^0.8.24;',
    '',
    'import {AMMStrategyBase} from "./AMMStrategyBase.sol";',
    'import {IAMMStrategy, TradeInfo} from "./IAMMStrategy.sol";',
    '',
    ...about.map((line) => `// ${line}`),
    'contract Strategy is AMMStrategyBase {',
    ...indent(functions),
    '}',
    '',
  ].join('\n');
}
