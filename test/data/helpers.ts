/** Runs `poolgrad data …` in this process, and makes the small files that the tests import. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
