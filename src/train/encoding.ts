/** Floor 5. Typed arrays in JSON: `{ type, data }`, data = base64 of the little-endian bytes. */
import { endianness } from 'node:os';

const types = { float64: Float64Array, float32: Float32Array, uint8: Uint8Array } as const;
export type ArrayType = keyof typeof types;
export type ArrayOf<T extends ArrayType> = InstanceType<(typeof types)[T]>;

/** A value with every typed array in it, at any depth, replaced by its JSON form. */
export function encodeArrays(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return encode(value as ArrayOf<ArrayType>);
  if (Array.isArray(value)) return value.map(encodeArrays);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, encodeArrays(item)]));
}

function encode(array: ArrayOf<ArrayType>): { type: ArrayType; data: string } {
  const type = (Object.keys(types) as ArrayType[]).find((name) => array instanceof types[name]);
  if (type === undefined) throw new RangeError(`encodeArrays: no form for ${array.constructor.name}`);
  const bytes = Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return { type, data: littleEndian(Buffer.from(bytes), array.BYTES_PER_ELEMENT).toString('base64') };
}

/** The array of a JSON form, or null where `data` is no base64 of whole elements. */
export function decodeArray<T extends ArrayType>(type: T, data: string): ArrayOf<T> | null {
  const bytes = Buffer.from(data, 'base64');
  const size = types[type].BYTES_PER_ELEMENT;
  if (bytes.length % size !== 0 || bytes.toString('base64') !== data) return null;
  // a copy of its own: pooled buffers do not start on multiples of 8
  const { buffer } = Uint8Array.from(littleEndian(bytes, size));
  return new types[type](buffer) as ArrayOf<T>;
}

/** Turns the bytes of each element round on machines that keep them the other way; in place. */
function littleEndian(bytes: Buffer, size: number): Buffer {
  if (endianness() === 'LE' || size === 1) return bytes;
  return size === 8 ? bytes.swap64() : bytes.swap32();
}
