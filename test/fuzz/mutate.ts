/** Damage done to small valid inputs: bytes, texts, trees and command lines, as arbitraries of fast-check. */
import fc from 'fast-check';

/** Integers at the ends of what fields hold. */
const ENDS = [
  0n,
  1n,
  -1n,
  127n,
  255n,
  32768n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  2n ** 40n,
  2n ** 62n,
  -(2n ** 63n),
];

/** Numbers as they are written that few programs expect. */
const NUMBERS = [
  ...['0', '-0', '-1', '1e308', '-1e308', '1e-320', '1e999', 'NaN', 'Infinity', '-Infinity', '9007199254740993'],
  ...['0.1', '0x10', '1_000', '1,5', '١٢', '1e', '--1', '.', '1e9', '4294967296', '-9223372036854775808'],
];

/** Words: empty, controls, what a terminal or JavaScript takes for more than text, paths. */
const WORDS = [
  ...['', ' ', '\u0000', '\u001b[31m', '\r', 'a\nerror: b', '\u202e', '\ud800', '__proto__', 'constructor', 'toString'],
  ...['null', 'true', '~', '../x', './x.mjs', '-', '--', '=', '[', '{', '"', '|', 'é'.repeat(3), 'A'.repeat(5000)],
];

/** Where: a number that each base takes modulo its length. */
const place = fc.nat(2 ** 30);
const few = <T>(edits: fc.Arbitrary<T>) => fc.array(edits, { minLength: 1, maxLength: 4 });

type Edit<T> = (content: T) => T;
const applied =
  <T>(base: T) =>
  (edits: readonly Edit<T>[]): T =>
    edits.reduce((content, edit) => edit(content), base);

const within = (at: number, length: number): number => (length === 0 ? 0 : at % length);

/** Bits, integers, spans of bytes. */
const byteEdit: fc.Arbitrary<Edit<Buffer>> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(place, fc.nat(7)).map(([at, bit]) => (b: Buffer) => {
      const out = Buffer.from(b);
      if (out.length > 0) out[within(at, out.length)] ^= 1 << bit;
      return out;
    }),
  },
  fc.tuple(place, fc.constantFrom(...ENDS), fc.constantFrom(1, 2, 4, 8)).map(([at, value, width]) => (b: Buffer) => {
    const whole = Buffer.alloc(8);
    whole.writeBigInt64LE(BigInt.asIntN(64, value));
    const out = Buffer.from(b);
    whole.copy(out, within(at, out.length), 0, width);
    return out;
  }),
  place.map((at) => (b: Buffer) => b.subarray(0, within(at, b.length))),
  fc.tuple(place, fc.nat(64)).map(([at, n]) => (b: Buffer) => {
    const from = within(at, b.length);
    return Buffer.concat([b.subarray(0, from), b.subarray(from + n)]);
  }),
  fc.tuple(place, fc.uint8Array({ maxLength: 16 })).map(([at, bytes]) => (b: Buffer) => {
    const from = within(at, b.length);
    return Buffer.concat([b.subarray(0, from), bytes, b.subarray(from)]);
  }),
  fc.tuple(place, place, fc.nat(64)).map(([from, to, n]) => (b: Buffer) => {
    const out = Buffer.from(b);
    out.copy(out, within(to, out.length), within(from, out.length), within(from, out.length) + n);
    return out;
  }),
);

export const damagedBytes = (base: Uint8Array): fc.Arbitrary<Buffer> =>
  few(byteEdit).map(applied<Buffer>(Buffer.from(base)));

/** Replaces the match of a pattern that `at` chooses. */
const replaced = (text: string, pattern: RegExp, at: number, by: string): string => {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return text;
  const { index, 0: found } = matches[at % matches.length];
  return text.slice(0, index) + by + text.slice(index + found.length);
};

const withLine = (change: (lines: string[], at: number) => string[]) =>
  place.map((at) => (text: string) => {
    const lines = text.split('\n');
    return change(lines, at % lines.length).join('\n');
  });

/** Numbers, words, lines, separators. */
const textEdit: fc.Arbitrary<Edit<string>> = fc.oneof(
  fc.tuple(place, fc.constantFrom(...NUMBERS)).map(
    ([at, n]) =>
      (t: string) =>
        replaced(t, /-?\d+(\.\d+)?/g, at, n),
  ),
  fc.tuple(place, fc.constantFrom(...WORDS)).map(
    ([at, w]) =>
      (t: string) =>
        replaced(t, /[\p{L}_-]+/gu, at, w),
  ),
  fc.tuple(place, fc.constantFrom(...WORDS)).map(([at, word]) => (text: string) => {
    const from = within(at, text.length);
    return text.slice(0, from) + word + text.slice(from);
  }),
  withLine((lines, at) => lines.toSpliced(at, 1)),
  withLine((lines, at) => lines.toSpliced(at, 0, lines[at])),
  withLine((lines, at) => [...lines.slice(at), ...lines.slice(0, at)]),
  withLine((lines, at) => lines.toSpliced(at, 0, ...new Array<string>(2000).fill(lines[at]))),
  fc.tuple(place, fc.constantFrom(',', ';', '\t', ':', '"', '\r\n', '  ', '\ufeff', '')).map(
    ([at, by]) =>
      (t: string) =>
        replaced(t, /[,;:"\n{}[\]-]/g, at, by),
  ),
);

export const damagedText = (base: string): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 4, arbitrary: few(textEdit).map((edits) => Buffer.from(applied(base)(edits))) },
    { weight: 1, arbitrary: damagedBytes(Buffer.from(base)) },
  );

/** Stands for brackets within brackets, deeper than JavaScript writes them. */
const DEEP = '@deep@';
const DEPTH = 20_000;

type Key = string | number;
type Holder = Record<Key, unknown>;

/** All places in a tree: what holds them and under which key. */
function placesOf(tree: unknown): [Holder, Key][] {
  if (typeof tree !== 'object' || tree === null) return [];
  const holder = tree as Holder;
  const keys: Key[] = Array.isArray(tree) ? [...tree.keys()] : Object.keys(tree);
  return keys.flatMap((key): [Holder, Key][] => [[holder, key], ...placesOf(holder[key])]);
}

const value = fc.oneof(
  fc.constantFrom<unknown>(null, true, {}, [], '', DEEP, 0, -1, 0.5, 1e308, -1e308, 1e-320, 2 ** 53, 1e9, 3),
  fc.constantFrom<unknown>(...WORDS),
  fc.constantFrom<unknown>(...NUMBERS),
  fc.constantFrom<unknown>([[]], [null], ['A', 'A'], { value: [1, 2, 3] }, { kind: 'x' }, [1e308, -1e308]),
  fc.double(),
);

const edit = (change: (holder: Holder, key: Key, other: readonly [Holder, Key]) => void) =>
  fc.tuple(place, place).map(([at, other]) => (tree: unknown) => {
    const copy = structuredClone(tree);
    const places = placesOf(copy);
    if (places.length > 0) change(...places[at % places.length], places[other % places.length]);
    return copy;
  });

/** Values of other types, keys that go, come twice or have other names, lists of other lengths. */
const treeEdit: fc.Arbitrary<Edit<unknown>> = fc.oneof(
  {
    weight: 5,
    arbitrary: value.chain((v) =>
      edit((holder, key) => {
        holder[key] = v;
      }),
    ),
  },
  edit((holder, key) => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  }),
  fc.constantFrom(...WORDS).chain((name) =>
    edit((holder, key) => {
      if (Array.isArray(holder)) holder.push(holder[Number(key)]);
      else Object.defineProperty(holder, name, { value: holder[key], enumerable: true, configurable: true });
    }),
  ),
  edit((holder, key, [from, name]) => {
    holder[key] = structuredClone(from[name]);
  }),
);

export const damagedTree = (base: unknown): fc.Arbitrary<unknown> => few(treeEdit).map(applied(base));

/** A tree as JSON, here and there with a key twice. NaN and the like are null in JSON: as words they come by text. */
export const damagedJson = (base: unknown, encode: (tree: unknown) => string = JSON.stringify): fc.Arbitrary<Buffer> =>
  fc
    .tuple(damagedTree(base), fc.option(place, { freq: 8 }))
    .map(([tree, twice]) => Buffer.from(withKeyTwice(deepened(encode(tree) ?? ''), twice)));

const deepened = (text: string) => text.replaceAll(`"${DEEP}"`, `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`);

function withKeyTwice(text: string, at: number | null): string {
  const keys = [...text.matchAll(/"\w+":/g)];
  if (at === null || keys.length === 0) return text;
  const { index, 0: key } = keys[at % keys.length];
  return `${text.slice(0, index)}${key}null,${text.slice(index)}`;
}

/** A command line: words that go, come twice, change places or are others. No system lets a null byte into one. */
export const damagedWords = (base: readonly string[]): fc.Arbitrary<string[]> =>
  few(
    fc.oneof(
      fc.tuple(place, fc.constantFrom(...WORDS, ...NUMBERS)).map(
        ([at, w]) =>
          (a: string[]) =>
            a.with(within(at, a.length), w),
      ),
      place.map((at) => (a: string[]) => (a.length > 1 ? a.toSpliced(within(at, a.length), 1) : a)),
      place.map((at) => (a: string[]) => a.toSpliced(within(at, a.length), 0, a[within(at, a.length)])),
      fc.tuple(place, place).map(([from, to]) => (a: string[]) => {
        const [i, j] = [within(from, a.length), within(to, a.length)];
        return a.with(i, a[j]).with(j, a[i]);
      }),
      fc.tuple(place, fc.constantFrom('--json', '--help', '--no-such', '-x', '--set', '--seed', '--out', '--data')).map(
        ([at, flag]) =>
          (a: string[]) =>
            a.toSpliced(within(at, a.length), 0, flag),
      ),
    ),
  ).map(applied([...base]));
