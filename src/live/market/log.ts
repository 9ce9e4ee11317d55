/**
 * Floor 5. An append-only log of records, a line each. What is appended is on the disk when its promise resolves: lines that come
 * while a sync is under way go out together by the next one.
 *
 * A process that is killed leaves at most a part of a last line, which nobody was told of: it is dropped, aloud. Any other damage
 * is refused.
 */
import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, readSync, write } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { UserError } from '../../errors.js';
import { cannotWrite } from '../../files/reason.js';
import { writeWhole } from '../../files/write.js';
import { lineOf, linkOf, START, textOf } from './chain.js';

const sync = promisify(fdatasync);
const writeTo = promisify(write);

const FORMAT = 'poolgrad/market-log';

/** The first line. */
export interface LogHeader {
  readonly format: typeof FORMAT;
  readonly formatVersion: 1;
  /** A hash of what the records start from. */
  readonly market: string;
  readonly created: string;
}

/** Where a record stands in the file. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

interface Waiting {
  readonly line: string;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

export class MarketLog {
  /** Lines that wait for the next write. */
  private waiting: Waiting[] = [];
  private writing: Promise<void> | null = null;
  private failure: Error | null = null;

  private constructor(
    readonly path: string,
    private readonly fd: number,
    private size: number,
    private link: string,
  ) {}

  /**
   * Opens a log or makes one, and hands over each record from the first. Throws a UserError where it is of another market,
   * damaged, or no log.
   */
  static async open(
    path: string,
    market: string,
    onRecord: (text: string, place: Place) => void,
    tell: (note: string) => void,
  ): Promise<MarketLog> {
    const found = await stat(path).catch(() => null);
    if (found === null || found.size === 0) await writeWhole(path, headerLine(market), NAMED);
    const read = await readLog(path, market, onRecord);
    const fd = openedSync(path);
    if (read.torn > 0) {
      ftruncateSync(fd, read.size);
      tell(
        `'${path}': ${read.torn} bytes after the last whole line are dropped; they were of a request that got no answer`,
      );
    }
    return new MarketLog(path, fd, read.size, read.link);
  }

  /** Puts a record after all others, at once; the promise resolves when it is on the disk. */
  append(text: string): { readonly place: Place; readonly stored: Promise<void> } {
    const link = linkOf(this.link, text);
    const line = lineOf(link, text);
    const length = Buffer.byteLength(line);
    const place = { offset: this.size, length };
    this.link = link;
    this.size += length;
    const stored = new Promise<void>((done, failed) => this.waiting.push({ line, done, failed }));
    this.writing ??= this.writeAll();
    return { place, stored };
  }

  /** The text of a record that is on the disk. */
  textAt({ offset, length }: Place): string {
    const bytes = Buffer.alloc(length);
    readSync(this.fd, bytes, 0, length, offset);
    return bytes
      .toString('utf8')
      .trimEnd()
      .slice(START.length + 1);
  }

  /** What the disk refused; nothing can be appended after it. */
  get broken(): Error | null {
    return this.failure;
  }

  /** Waits for all that was appended. */
  async close(): Promise<void> {
    await this.writing;
    closeSync(this.fd);
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      try {
        if (this.failure !== null) throw this.failure;
        await this.put(Buffer.from(batch.map(({ line }) => line).join('')));
        await sync(this.fd);
        await this.checkPlace();
        for (const { done } of batch) done();
      } catch (error) {
        // what the file holds now is not known: no line may follow
        this.failure ??= cannotWrite(this.path, error, NAMED) as Error;
        for (const { failed } of batch) failed(this.failure);
      }
    }
    this.writing = null;
  }

  /** Throws where the path does not lead to what was written any more: nobody would find it there. */
  private async checkPlace(): Promise<void> {
    const [own, found] = [fstatSync(this.fd), await stat(this.path).catch(() => null)];
    if (found?.ino === own.ino && found.dev === own.dev) return;
    throw new UserError(
      `log: '${this.path}' was expected to stay in its place, it was deleted, moved or replaced while it was written to; put it back, or begin another log`,
    );
  }

  private async put(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      done += (await writeTo(this.fd, bytes, done, bytes.length - done)).bytesWritten;
    }
  }
}

const NAMED = { what: 'log', flag: '--log' };

function openedSync(path: string): number {
  try {
    // reads replies back, appends the others
    return openSync(path, 'a+');
  } catch (error) {
    throw cannotWrite(path, error, NAMED);
  }
}

function headerLine(market: string): string {
  const header: LogHeader = { format: FORMAT, formatVersion: 1, market, created: new Date().toISOString() };
  const text = JSON.stringify(header);
  return lineOf(linkOf(START, text), text);
}

function checkHeader(path: string, text: string, market: string): void {
  const { format, formatVersion, market: of } = JSON.parse(text) as Partial<LogHeader>;
  if (format !== FORMAT || formatVersion !== 1) {
    throw new UserError(`--log: a log of version 1 was expected, got '${path}' of ${format} ${formatVersion}`);
  }
  if (of === market) return;
  throw new UserError(
    `--log: '${path}' was begun with another market than the file describes now; name another log, or put the market file back as it was`,
  );
}

/** Reads all lines; `torn` counts the bytes after the last whole one. */
async function readLog(path: string, market: string, onRecord: (text: string, place: Place) => void) {
  const handle = await open(path, 'r').catch((error) => {
    throw cannotWrite(path, error, NAMED);
  });
  let [size, link, count] = [0, START, 0];
  /** The first line that does not follow, and whether another came after it. */
  let bad: number | null = null;
  const take = (bytes: Buffer, offset: number) => {
    if (bad !== null) throw damaged(path, bad);
    const found = textOf(link, bytes.toString('utf8'));
    if (found === null) {
      if (count === 0) throw new UserError(`--log: a market's log was expected, got '${path}'; name another file`);
      bad = count + 1;
      return;
    }
    count++;
    if (count === 1) checkHeader(path, found.text, market);
    else recordOf(path, count, () => onRecord(found.text, { offset, length: bytes.length + 1 }));
    link = found.link;
    size = offset + bytes.length + 1;
  };
  try {
    const end = await eachLine(handle, take);
    if (count === 0) throw new UserError(`--log: a market's log was expected, got '${path}'; name another file`);
    return { size, link, torn: end - size };
  } finally {
    await handle.close();
  }
}

/** A record that no market could have written. */
function recordOf(path: string, line: number, take: () => void): void {
  try {
    take();
  } catch (error) {
    throw new UserError(
      `--log: line ${line} of '${path}' is damaged: ${(error as Error).message}; put a copy back, or begin another log`,
    );
  }
}

const damaged = (path: string, line: number) =>
  new UserError(
    `--log: line ${line} of '${path}' is damaged, and others follow it: what was traded after it cannot be told; put a copy back, or begin another log`,
  );

const CHUNK = 1 << 20;

/** Hands over every line that has an end; returns the number of bytes of the file. */
async function eachLine(
  handle: Awaited<ReturnType<typeof open>>,
  take: (line: Buffer, offset: number) => void,
): Promise<number> {
  let rest = Buffer.alloc(0);
  let offset = 0;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, offset + rest.length);
    if (bytesRead === 0) return offset + rest.length;
    rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    let from = 0;
    for (let end = rest.indexOf(10, from); end >= 0; end = rest.indexOf(10, from)) {
      take(rest.subarray(from, end), offset + from);
      from = end + 1;
    }
    offset += from;
    rest = rest.subarray(from);
  }
}
