/**
 * Floor 4. Recorded trades and tops as JSON: an array, an answer of an exchange, or a line for each message of its stream,
 * of which one file may have several kinds.
 */
import { basename } from 'node:path';
import { UserError } from '../../errors.js';
import { inline } from '../../terminal.js';
import { parseNumberText, parseTimeOrEpoch } from '../numbers.js';
import { onDisk } from '../on-disk.js';
import { textOf } from '../source.js';
import { textPieces } from '../unpack.js';
import { type Field, formatOf, makerWords, type RecordFormatName, sideWords } from './formats.js';
import { type RawColumns, type RawOptions, raw, symbolWords } from './raw.js';
import { tellNames } from './tell.js';

type Json = Readonly<Record<string, unknown>>;

/** Whether a text is JSON, by its first sign. */
export async function isJson(path: string): Promise<boolean> {
  for await (const piece of textPieces(onDisk(path))) {
    const first = /[^\s\uFEFF\xef\xbb\xbf]/.exec(textOf(piece));
    if (first !== null) return first[0] === '{' || first[0] === '[';
  }
  return false;
}

/** A column that grows. */
class Growing {
  #values = new Float64Array(1024);
  #length = 0;

  add(value: number): void {
    if (this.#length === this.#values.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[this.#length++] = value;
  }

  get array(): Float64Array {
    return this.#values.subarray(0, this.#length);
  }
}

/** What was read of one format. */
class Records {
  readonly columns = new Map<Field, Growing>();
  readonly places = new Growing();
  readonly markets = symbolWords();

  constructor(
    readonly path: string,
    readonly format: RecordFormatName,
    /** The key of each field. */
    readonly keys: readonly (readonly [Field, string])[],
  ) {
    for (const [field] of keys) this.columns.set(field, new Growing());
  }

  add(record: Json, place: number): void {
    for (const [field, key] of this.keys) this.columns.get(field)?.add(this.#value(field, record[key], key, place));
    this.places.add(place);
  }

  #value(field: Field, given: unknown, key: string, place: number): number {
    const text = String(given ?? '').trim();
    const words = { side: sideWords, maker: makerWords, symbol: this.markets.words };
    const meant = words[field as keyof typeof words];
    const value = meant?.numberOf(text) ?? (field === 'time' ? parseTimeOrEpoch(text) : parseNumberText(text));
    if (Number.isFinite(value)) return value;
    const what = meant?.expected(text) ?? (field === 'time' ? 'a time (epoch number or ISO text)' : 'a finite number');
    throw new UserError(
      `${basename(this.path)} record ${place}: expected ${what} for ${key}, got '${inline(text)}'; mend or remove the record`,
    );
  }

  get raw(): RawColumns {
    const values = Object.fromEntries([...this.columns].map(([field, column]) => [field, column.array]));
    return raw(this.path, this.format, values, this.markets.symbols, Int32Array.from(this.places.array), 'record');
  }
}

/** Records of each format that is in the file. Throws UserError naming the record that is none of them. */
export async function readJson(path: string, o: RawOptions): Promise<RawColumns[]> {
  const found = new Map<string, Records>();
  let place = 0;
  for await (const message of messagesOf(path)) {
    for (const record of recordsOf(message)) {
      place++;
      const keys = Object.keys(record).join();
      const records = found.get(keys) ?? recordsFor(path, record, place, o, found);
      found.set(keys, records);
      records.add(record, place);
    }
  }
  if (found.size === 0) {
    throw new UserError(`${basename(path)}: expected trades or tops of a book, got no record; fetch it again`);
  }
  return [...new Set(found.values())].map((records) => records.raw);
}

function recordsFor(
  path: string,
  record: Json,
  place: number,
  o: RawOptions,
  found: ReadonlyMap<string, Records>,
): Records {
  const keys = Object.keys(record);
  const told = tellNames(path, keys, o);
  if (told === null) {
    const wanted = o.format === undefined ? 'a trade or a top of a book' : `${o.format} (${formatOf(o.format).words})`;
    throw new UserError(
      `${basename(path)} record ${place}: expected ${wanted}, got the keys ${inline(keys.join(', '))}; name them with --columns, such as price=px,side=dir`,
    );
  }
  const { kind, ids } = formatOf(told.format);
  const fields = (Object.keys(told.places) as Field[]).filter((field) => field !== 'id' || ids !== undefined);
  const names = fields.map((field) => [field, keys[told.places[field] as number]] as const);
  const before = [...found.values()].find(
    (records) => records.format === told.format && sameFields(records.keys, names),
  );
  if (before !== undefined) return before;
  const other = [...found.values()].find((records) => formatOf(records.format).kind === kind);
  if (other === undefined) return new Records(path, told.format, names);
  throw new UserError(
    `${basename(path)} record ${place}: expected keys like those above (${other.keys.map(([, key]) => key).join(', ')}), got ${inline(keys.join(', '))}; put them in a file of their own`,
  );
}

const sameFields = (a: Records['keys'], b: Records['keys']): boolean =>
  a.length === b.length && a.every(([field, key]) => b.some(([f, k]) => f === field && k === key));

/** The text as one value, or a value a line. */
async function* messagesOf(path: string): AsyncGenerator<unknown> {
  let pending = '';
  let line = 0;
  let whole = false;
  const decoder = new TextDecoder();
  for await (const piece of textPieces(onDisk(path))) {
    pending += decoder.decode(piece, { stream: true });
    if (whole) continue;
    const lines = pending.split('\n');
    pending = lines.pop() ?? '';
    for (const [i, text] of lines.entries()) {
      line++;
      if (text.trim() === '') continue;
      const value = parsed(text);
      if (value !== undefined) {
        yield value;
        continue;
      }
      // a value that goes on over lines is the only one
      if (line > 1) throw noJson(path, `line ${line}`, text);
      pending = [...lines.slice(i), pending].join('\n');
      whole = true;
      break;
    }
  }
  if (pending.trim() === '') return;
  const value = parsed(pending);
  if (value === undefined) throw noJson(path, whole ? 'its text' : `line ${line + 1}`, pending);
  yield value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const noJson = (path: string, where: string, text: string): UserError =>
  new UserError(
    `${basename(path)}: expected JSON, got in ${where} '${inline(text.trim().slice(0, 60))}'; fetch it again, or remove the line`,
  );

/** Keys under which exchanges and recorders wrap what they send. */
const WRAPPERS = ['data', 'raw', 'result', 'list', 'trades'];
/** Messages of a stream that say nothing of the market. */
const TALK = ['subscriptionResponse', 'pong', 'error'];

/** What a message has of the market: none, one or several records with plain keys. */
function* recordsOf(message: unknown): Generator<Json> {
  if (Array.isArray(message)) {
    for (const one of message) yield* recordsOf(one);
    return;
  }
  if (typeof message !== 'object' || message === null) return;
  const record = message as Json;
  if (TALK.includes(String(record.channel)) || ('id' in record && record.result === null)) return;
  const inner = WRAPPERS.map((key) => record[key]).find((value) => typeof value === 'object' && value !== null);
  if (inner !== undefined) yield* recordsOf(inner);
  else yield* canonical(record);
}

const level = (given: unknown): readonly [unknown, unknown] => {
  const { px, sz } = (given ?? {}) as Json;
  return [px, sz];
};

/** Short keys of streams by their long names; a book as its top. A book with an empty side has none. */
function* canonical(r: Json): Generator<Json> {
  const has = (...keys: string[]) => keys.every((key) => key in r);
  const market = r.s === undefined ? {} : { symbol: r.s };
  // a fill of a maker's order: its side is the maker's, and the taker's fill is recorded too
  if (r.crossed === false) return;
  if (has('coin', 'time') && (has('levels') || has('bbo'))) {
    const sides = (r.bbo ?? r.levels) as readonly unknown[];
    const [bids, asks] = sides.map((side) => level(Array.isArray(side) ? side[0] : side));
    if (bids?.[0] === undefined || asks?.[0] === undefined) return;
    yield { time: r.time, coin: r.coin, bid: bids[0], bid_size: bids[1], ask: asks[0], ask_size: asks[1] };
  } else if (has('p', 'q', 'T', 'm')) {
    const id = r.e === 'trade' ? { id: r.t, qty: r.q } : { agg_trade_id: r.a, quantity: r.q };
    yield { ...market, ...id, price: r.p, [r.e === 'trade' ? 'time' : 'transact_time']: r.T, is_buyer_maker: r.m };
  } else if (has('u', 'b', 'B', 'a', 'A')) {
    const time = r.T ?? r.E;
    yield { ...market, bid: r.b, bid_size: r.B, ask: r.a, ask_size: r.A, ...(time === undefined ? {} : { time }) };
  } else if (has('T', 'S', 'v', 'p')) yield { ...market, time: r.T, side: r.S, size: r.v, price: r.p };
  else yield r;
}
