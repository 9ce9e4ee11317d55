/** Runs `poolgrad data …` in this process, and makes the small files that the tests import. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import type { Command } from 'commander';
import { afterEach, beforeEach, vi } from 'vitest';
import { dataCommand } from '../../src/cli/data/index.js';

/** A temporary folder for each test of the calling suite. */
export function useTempFolder(): { path: (name: string) => string; write: Write; names: () => string[] } {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'poolgrad-data-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  return {
    path,
    write: (name, content) => {
      writeFileSync(path(name), content);
      return path(name);
    },
    names: () => readdirSync(folder).sort(),
  };
}

type Write = (name: string, content: string | Uint8Array) => string;

/** Runs the command; resolves to what it printed, rejects with what it threw. */
export async function runData(...args: string[]): Promise<string> {
  let printed = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    await throwing(dataCommand()).parseAsync(args, { from: 'user' });
    return printed;
  } finally {
    spy.mockRestore();
  }
}

/** Commander ends the process on a usage error unless every subcommand is told to throw. */
function throwing(command: Command): Command {
  command.exitOverride().configureOutput({ writeErr: () => {} });
  for (const sub of command.commands) throwing(sub);
  return command;
}

export const T0 = Date.UTC(2018, 0, 1);
export const MINUTE = 60_000;

/** Prices of a candle with that close, no two of them alike. */
export const candle = (close: number) => ({ open: 1.25 * close, high: 2 * close, low: close / 2, close });

/** Bitfinex candles (time, open, close, high, low, volume) at the given minutes. */
export function bitfinex(rows: readonly (readonly [minute: number, close: number, volume?: number])[]): string {
  return rows
    .map(([m, close, volume = 1]) => {
      const { open, high, low } = candle(close);
      return `${T0 + m * MINUTE},${open},${close},${high},${low},${volume}\n`;
    })
    .join('');
}

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
