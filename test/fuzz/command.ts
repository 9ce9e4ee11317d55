/** A case as the command runs it, in this process, and what is wrong with how it ends. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { poolgradCommand } from '../../src/cli/program.js';
import { runMain } from '../../src/cli/shared.js';
import type { Case } from './kinds.js';
import { readSeeds, type Seeds } from './seeds.js';

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs a command line in the working directory; what it wrote, and its exit code. */
async function ended(args: readonly string[]): Promise<Ended> {
  const written = { stdout: '', stderr: '' };
  const restored = (['stdout', 'stderr'] as const).map((name) => {
    const { write } = process[name];
    process[name].write = (text: string | Uint8Array) => {
      written[name] += String(text);
      return true;
    };
    return () => {
      process[name].write = write;
    };
  });
  try {
    await runMain(poolgradCommand(), ['node', 'poolgrad', ...args]);
    return { ...written, exitCode: Number(process.exitCode ?? 0) };
  } finally {
    process.exitCode = undefined;
    for (const restore of restored) restore();
  }
}

/** Longest line of an error, as `runMain` cuts it, with some room. */
const LONGEST = 1300;

/** Controls other than line breaks. */
const CONTROL = /[^\n\P{Cc}]/u;

/** What is wrong with an end; null for a result, or one line for a mistake of the user's. */
export function complaint({ stdout, stderr, exitCode }: Ended): string | null {
  const lines = stderr.split('\n').filter((line) => line.startsWith('error: '));
  const json = /^\{"error":"(.*)"\}\n$/.exec(stdout)?.[1];
  const [error = json === undefined ? null : `error: ${json}`] = lines;
  if (CONTROL.test(stdout) || CONTROL.test(stderr)) return 'control characters in what it printed';
  if (/^ {2,}at .*:\d+/m.test(stderr)) return 'a stack trace';
  if (error === null) return exitCode === 0 || stdout.length > 0 ? null : `exit code ${exitCode} without a word`;
  if (exitCode !== 1 && exitCode !== 2) return `exit code ${exitCode} with an error`;
  if (lines.length > 1) return 'more than one error';
  if (/^error: unexpected:/.test(error)) return error;
  if (error.length > LONGEST) return `an error of ${error.length} characters`;
  return /\[object |\bundefined\b/.test(error) ? `an error for programmers: ${error}` : null;
}

/** The working directory, with the seeds in it before each case. */
export class Workplace {
  private readonly seeds: Seeds;

  constructor(readonly folder: string) {
    this.seeds = readSeeds(folder, readdirSync(folder));
  }

  /** What is wrong with the end of a case, if anything is. */
  async run({ args, file }: Case): Promise<string | null> {
    const home = process.cwd();
    process.chdir(this.folder);
    try {
      if (file !== undefined) writeFileSync(file.name, file.content);
      return complaint(await ended(args));
    } catch (error) {
      return `thrown: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      process.chdir(home);
      this.tidy();
    }
  }

  private tidy(): void {
    for (const name of readdirSync(this.folder)) {
      if (!this.seeds.has(name)) rmSync(join(this.folder, name), { recursive: true });
    }
    for (const [name, content] of this.seeds) {
      const path = join(this.folder, name);
      if (!content.equals(readFileSync(path))) writeFileSync(path, content);
    }
  }
}
