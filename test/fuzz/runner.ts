/** Cases in a process of their own, which starts anew where one ended it. */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Case } from './kinds.js';

/** Cases after which a process is replaced: what it keeps is not what the next case uses. */
const LIFE = 100;

export class Runner {
  private child: ChildProcess | null = null;
  private cases = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly reason: string,
  ) {}

  /** What is wrong with the end of a case; null where it is a result or one line. Cases wait for those before them. */
  run(c: Case): Promise<string | null> {
    // a trial that fast-check's time limit left behind is still at work
    const now = this.last.then(() => this.next(c));
    this.last = now;
    return now;
  }

  private async next(c: Case): Promise<string | null> {
    const child = this.cases++ % LIFE === 0 || this.child === null ? await this.start() : this.child;
    return new Promise((resolve) => {
      const settle = (wrong: string | null) => {
        child.off('message', told).off('exit', gone);
        resolve(wrong);
      };
      const told = ({ wrong }: { readonly wrong: string | null }) => settle(wrong);
      const gone = (code: number | null, signal: string | null) => {
        this.child = null;
        settle(existsSync(this.reason) ? readFileSync(this.reason, 'utf8') : `the process ended by ${signal ?? code}`);
        rmSync(this.reason, { force: true });
      };
      child.on('message', told).on('exit', gone);
      child.send(c);
    });
  }

  stop(): void {
    this.child?.kill('SIGKILL');
    this.child = null;
  }

  private async start(): Promise<ChildProcess> {
    this.stop();
    const child = fork(fileURLToPath(new URL('./child.js', import.meta.url)), [this.folder, this.reason], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.child = child;
    await new Promise((resolve) => child.once('message', resolve));
    return child;
  }
}
