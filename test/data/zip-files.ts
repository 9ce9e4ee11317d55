/** Small ZIP archives for tests. */
import { deflateRawSync, gzipSync } from 'node:zlib';

interface ZipOptions {
  /** Kept as it is instead of deflated. */
  readonly stored?: boolean;
  readonly encrypted?: boolean;
  /** Sizes in the field for 64-bit ones, as for files beyond 4 GiB. */
  readonly zip64?: boolean;
  /** Any other method than stored or deflated. */
  readonly method?: number;
}

/** A ZIP archive of the files. */
export function zip(files: Readonly<Record<string, string | Uint8Array>>, o: ZipOptions = {}): Buffer {
  const [parts, directory] = [[] as Buffer[], [] as Buffer[]];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = Buffer.from(content);
    const packed = o.stored ? data : deflateRawSync(data);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(o.encrypted ? 1 : 0, 8);
    entry.writeUInt16LE(o.method ?? (o.stored ? 0 : 8), 10);
    entry.writeUInt32LE(gzipSync(data).readUInt32LE(gzipSync(data).length - 8), 16);
    entry.writeUInt32LE(o.zip64 ? 0xffffffff : packed.length, 20);
    entry.writeUInt32LE(o.zip64 ? 0xffffffff : data.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    const extra = Buffer.alloc(o.zip64 ? 20 : 0);
    if (o.zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(16, 2);
      extra.writeBigUInt64LE(BigInt(data.length), 4);
      extra.writeBigUInt64LE(BigInt(packed.length), 12);
      entry.writeUInt16LE(extra.length, 30);
    }
    parts.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name), extra);
    offset += 30 + name.length + packed.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}
