/**
 * Floor 4. What an Arrow IPC file or stream consists of: its schema and its batches, each length, offset and count checked
 * against the bytes that there are before anything follows it. The reader of apache-arrow 21 checks none, and a single
 * flipped bit can keep it busy for ever.
 *
 * Formats: https://arrow.apache.org/docs/format/Columnar.html, Message.fbs, Schema.fbs and File.fbs.
 */
import { latin1 } from '../source.js';
import type { Codec } from './compression.js';
import { FlatTable } from './flatbuffer.js';
import { LAYOUTS, unionBuffers } from './types.js';

export interface ArrowFile {
  readonly fields: readonly ArrowField[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly batches: readonly RecordBatch[];
}

export interface ArrowField {
  readonly name: string;
  /** Index into `LAYOUTS`, and the type's own parameters; of the values where there is a dictionary. */
  readonly type: number;
  readonly parameters: FlatTable | null;
  readonly children: readonly ArrowField[];
  readonly dictionary: { readonly id: number; readonly index: FlatTable | null } | null;
  /** Buffers of its own, without those of a batch's variadic ones and of children. */
  readonly buffers: number;
}

/** One column's part of a batch: its own rows and buffers, and none of its children. */
export interface Chunk {
  readonly rows: number;
  readonly buffers: readonly Uint8Array[];
  readonly codec: Codec | null;
}

export interface RecordBatch {
  readonly rows: number;
  /** One for each field. */
  readonly columns: readonly Chunk[];
  /** What the indices of dictionary-encoded columns mean, by the dictionary's id. */
  readonly dictionaries: ReadonlyMap<number, readonly Chunk[]>;
}

type Schema = Pick<ArrowFile, 'fields' | 'metadata'>;

interface Message {
  readonly version: number;
  readonly kind: number;
  readonly header: FlatTable;
  readonly body: Uint8Array;
  /** Where its metadata ends and its body begins, and where the body ends. */
  readonly bodyStart: number;
  readonly end: number;
}

const MAGIC = 'ARROW1';
const [SCHEMA, DICTIONARY, RECORD] = [1, 2, 3];
const KINDS = ['nothing', 'a schema', 'a dictionary', 'a batch of rows'];

/** Whether bytes begin as an Arrow file or as a stream of messages does. */
export function looksLikeArrow(head: Uint8Array): boolean {
  const text = latin1(head);
  return text.startsWith(MAGIC) || text.startsWith('\xff\xff\xff\xff');
}

/** Throws Error (or RangeError, for an access beyond the bytes) where they are no whole file. */
export function readArrowFile(bytes: Uint8Array): ArrowFile {
  const isFile = latin1(bytes.subarray(0, 6)) === MAGIC;
  return isFile ? readRandomAccess(bytes) : readStream(bytes);
}

/** Messages one after another, to the end of the bytes or to an empty message. */
function readStream(bytes: Uint8Array): ArrowFile {
  const first = expectKind(messageAt(bytes, 0, bytes.length), SCHEMA);
  const schema = decodeSchema(first.header, first.version);
  const reader = new BatchReader(schema.fields);
  let at = first.end;
  for (;;) {
    const message = messageAt(bytes, at, bytes.length);
    if (message === null) break;
    reader.add(message);
    at = message.end;
  }
  return { ...schema, batches: reader.batches };
}

/** A stream between two magic words, with a footer that says where its messages lie. */
function readRandomAccess(bytes: Uint8Array): ArrowFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = bytes.length - MAGIC.length;
  if (last < 18 || latin1(bytes.subarray(last)) !== MAGIC) throw new Error('no end of it');
  const length = view.getInt32(last - 4, true);
  const start = last - 4 - length;
  if (length <= 0 || start < 8) throw new Error(`a footer of ${length} bytes`);
  const footer = FlatTable.root(bytes.subarray(start, last - 4));
  const header = footer.table(1);
  if (header === null) throw new Error('a footer without a schema');
  const schema = decodeSchema(header, footer.int16(0));
  const reader = new BatchReader(schema.fields);
  let total = checkFirst(bytes, start, schema);
  for (const [slot, kind] of [[2, DICTIONARY] as const, [3, RECORD] as const]) {
    for (const [offset, metadata, body] of footer.longs(slot, 3)) {
      const message = expectKind(messageAt(bytes, offset, start), kind);
      // the length of metadata is an int32 with four bytes of padding, whose content is anyone's
      if (message.bodyStart !== offset + (metadata | 0) || message.body.length !== body) {
        throw new Error('a footer that contradicts its batches');
      }
      total += message.end - offset;
      if (total > start) throw new Error('batches that overlap');
      reader.add(message);
    }
  }
  return { ...schema, batches: reader.batches };
}

/** Compares the schema that comes first, which apache-arrow's own writer leaves out, with the footer's; returns where it ends. */
function checkFirst(bytes: Uint8Array, end: number, schema: Schema): number {
  const first = firstMessage(bytes, end);
  if (first?.kind !== SCHEMA) return 8;
  if (!sameSchema(schema, decodeSchema(first.header, first.version))) throw new Error('two schemas that differ');
  return first.end;
}

/** The message after the magic word. Polars 2 writes a schema there without its length, so that it counts as none. */
function firstMessage(bytes: Uint8Array, end: number): Message | null {
  try {
    return messageAt(bytes, 8, end);
  } catch (error) {
    try {
      return { ...expectKind(decodeMessage(bytes, 8, end, end), SCHEMA), end: 8 };
    } catch {
      throw error;
    }
  }
}

/** The message that begins at `at`; null where the stream ends. */
function messageAt(bytes: Uint8Array, at: number, end: number): Message | null {
  if (at === end) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  let length = view.getInt32(at, true);
  let start = at + 4;
  // streams before version 0.15 have the length alone
  if (length === -1) {
    length = view.getInt32(start, true);
    start += 4;
  }
  if (length === 0) return null;
  const bodyStart = start + length;
  if (length < 0 || bodyStart > end) throw new Error(`a message of ${length} bytes where ${end - start} are left`);
  return decodeMessage(bytes, start, bodyStart, end);
}

/** The message whose metadata lies between `start` and `bodyStart`. */
function decodeMessage(bytes: Uint8Array, start: number, bodyStart: number, end: number): Message {
  const table = FlatTable.root(bytes.subarray(start, bodyStart));
  const version = table.int16(0);
  if (version < 3 || version > 4) throw new Error(`metadata of version ${version + 1}; read are 4 and 5`);
  const header = table.table(2);
  if (header === null) throw new Error('a message about nothing');
  const bodyLength = table.int64(3);
  if (bodyLength < 0 || bodyStart + bodyLength > end) {
    throw new Error(`a batch of ${bodyLength} bytes where ${end - bodyStart} are left`);
  }
  const body = bytes.subarray(bodyStart, bodyStart + bodyLength);
  return { version, kind: table.int8(1), header, body, bodyStart, end: bodyStart + bodyLength };
}

function expectKind(message: Message | null, kind: number): Message {
  if (message?.kind === kind) return message;
  throw new Error(`${KINDS[message?.kind ?? 0] ?? 'a message of another kind'} where ${KINDS[kind]} should be`);
}

function decodeSchema(t: FlatTable, version: number): Schema {
  if (t.int16(0) !== 0) throw new Error('numbers of which the big end comes first');
  const metadata = t.tables(2).map((pair): [string, string] => [pair.string(0) ?? '', pair.string(1) ?? '']);
  return { fields: t.tables(1).map((field) => decodeField(field, version, 0)), metadata: new Map(metadata) };
}

const DEEPEST = 64;

function decodeField(t: FlatTable, version: number, depth: number): ArrowField {
  const type = t.int8(2);
  const layout = LAYOUTS[type];
  if (layout === undefined || depth > DEEPEST) throw new Error(`a column of the unknown type ${type}`);
  const parameters = t.table(3);
  const encoding = t.table(4);
  const isUnion = layout.name === 'union' && parameters !== null;
  return {
    name: t.string(0) ?? '',
    type,
    parameters,
    children: t.tables(5).map((child) => decodeField(child, version, depth + 1)),
    dictionary: encoding === null ? null : { id: encoding.int64(0), index: encoding.table(1) },
    // indices of a dictionary: what is valid, and the numbers
    buffers: encoding !== null ? 2 : isUnion ? unionBuffers(parameters, version) : layout.buffers,
  };
}

/** As far as can be told by names and types: other parameters are seen when a column is read. */
function sameSchema(a: Schema, b: Schema): boolean {
  const told = (s: typeof a) =>
    JSON.stringify([s.fields, [...s.metadata]], (key, value) => (key === 'parameters' ? undefined : value));
  return told(a) === told(b);
}

/** Takes messages in their order: dictionaries stand for the batches of rows after them. */
class BatchReader {
  readonly batches: RecordBatch[] = [];
  readonly #values: ReadonlyMap<number, ArrowField>;
  #dictionaries = new Map<number, readonly Chunk[]>();

  constructor(readonly fields: readonly ArrowField[]) {
    this.#values = new Map(dictionariesOf(fields));
  }

  add({ kind, header, body }: Message): void {
    if (kind === RECORD) {
      const { rows, columns } = decodeBatch(header, body, this.fields);
      this.batches.push({ rows, columns, dictionaries: this.#dictionaries });
    } else if (kind === DICTIONARY) this.#addDictionary(header, body);
    else throw new Error(`${KINDS[kind] ?? 'a message of another kind'} among the batches`);
  }

  #addDictionary(t: FlatTable, body: Uint8Array): void {
    const id = t.int64(0);
    const values = this.#values.get(id);
    const data = t.table(1);
    if (values === undefined || data === null) throw new Error(`a dictionary ${id} that no column has`);
    const [chunk] = decodeBatch(data, body, [values]).columns;
    const isDelta = t.int8(2) !== 0;
    const before = isDelta ? (this.#dictionaries.get(id) ?? []) : [];
    this.#dictionaries = new Map(this.#dictionaries).set(id, [...before, chunk]);
  }
}

/** The fields of dictionary values by id. */
function dictionariesOf(fields: readonly ArrowField[]): [number, ArrowField][] {
  return fields.flatMap((field) => {
    const inner = dictionariesOf(field.children);
    if (field.dictionary === null) return inner;
    const values = { ...field, dictionary: null, buffers: LAYOUTS[field.type].buffers };
    return [...inner, [field.dictionary.id, values]];
  });
}

/** Deals out nodes and buffers among the fields, depth first, as the format orders them. */
function decodeBatch(
  t: FlatTable,
  body: Uint8Array,
  fields: readonly ArrowField[],
): { rows: number; columns: readonly Chunk[] } {
  const rows = t.int64(0);
  const nodes = t.longs(1, 2);
  const regions = t.longs(2, 2);
  const variadic = t.longs(4, 1);
  const codec = codecOf(t.table(3));
  let [node, region, more] = [0, 0, 0];
  const take = (field: ArrowField): Chunk => {
    const length = nodes[node++]?.[0] ?? -1;
    const isVariadic = field.dictionary === null && LAYOUTS[field.type].variadic === true;
    const count = field.buffers + (isVariadic ? (variadic[more++]?.[0] ?? -1) : 0);
    if (length < 0 || count < field.buffers || region + count > regions.length) {
      throw new Error('fewer buffers than its columns need');
    }
    const buffers = regions.slice(region, region + count).map(([offset, size]) => bufferOf(body, offset, size));
    region += count;
    if (field.dictionary === null) field.children.forEach(take);
    return { rows: length, buffers, codec };
  };
  const columns = fields.map(take);
  if (node !== nodes.length || region !== regions.length) throw new Error('more buffers than its columns need');
  if (rows < 0 || columns.some((column) => column.rows !== rows)) throw new Error('columns of unequal length');
  return { rows, columns };
}

function bufferOf(body: Uint8Array, offset: number, size: number): Uint8Array {
  if (offset < 0 || size < 0 || offset + size > body.length) {
    throw new Error(`a buffer at ${offset} of ${size} bytes in a batch of ${body.length}`);
  }
  return body.subarray(offset, offset + size);
}

function codecOf(compression: FlatTable | null): Codec | null {
  if (compression === null) return null;
  const codec = (['lz4', 'zstd'] as const)[compression.int8(0)];
  if (codec === undefined || compression.int8(1) !== 0) throw new Error('a compression other than LZ4 and ZSTD');
  return codec;
}
