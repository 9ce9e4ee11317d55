/** Floor 5. Typed arrays in JSON: `{ type, data }`, data = base64 of the little-endian bytes. */

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
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();
  return { type, data: toBase64(littleEndian(bytes, array.BYTES_PER_ELEMENT)) };
}

/** The array of a JSON form, or null where `data` is no base64 of whole elements. */
export function decodeArray<T extends ArrayType>(type: T, data: string): ArrayOf<T> | null {
  const bytes = fromBase64(data);
  const size = types[type].BYTES_PER_ELEMENT;
  if (bytes === null || bytes.length % size !== 0) return null;
  return new types[type](littleEndian(bytes, size).buffer) as ArrayOf<T>;
}

/** Bytes at a time: a text of each is made of as many arguments; a multiple of 3, so that texts follow one another. */
const PIECE = 3 * 8192;

function toBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) {
    pieces.push(btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE))));
  }
  return pieces.join('');
}

/** The bytes of a text in the one form that `toBase64` writes; null of any other. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
    return toBase64(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Turns the bytes of each element round on machines that keep them the other way; in place. */
function littleEndian<B extends Uint8Array>(bytes: B, size: number): B {
  if (isLittle || size === 1) return bytes;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}
