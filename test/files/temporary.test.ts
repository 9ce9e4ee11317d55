/** Temporary files of killed runs: only those are removed whose process has surely ended. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { machine, removeLeftovers, temporaryName } from '../../src/files/temporary.js';
import { testFolder } from './folder.js';

const { at, list } = testFolder();

const sleeper = spawn('sleep', ['600']);
afterAll(() => sleeper.kill());

/** A number that no process has: beyond the largest that Linux gives. */
const NOBODY = 4_194_305;

const startOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[19];

describe.skipIf(process.platform !== 'linux')('leftovers', () => {
  const here = machine();
  const target = at('ck.json');
  const left = (owner: string, file = 'ck.json') => {
    const name = `${file}.${owner}.tmp`;
    writeFileSync(at(name), 'half a check');
    return name;
  };

  it('of a process that has ended are removed, and said', async () => {
    const gone = left(`${here}-${NOBODY}-12345-0`);
    expect(await removeLeftovers(target)).toEqual([`removed '${at(gone)}' (12 bytes), left by a run that was killed`]);
    expect(list()).toEqual([]);
  });

  it('of a process whose number another one has now are removed', async () => {
    const pid = sleeper.pid as number;
    left(`${here}-${pid}-${Number(startOf(pid)) - 1}-3`);
    expect(await removeLeftovers(target)).toHaveLength(1);
    expect(list()).toEqual([]);
  });

  it('of one that nobody has waited for are removed', async () => {
    const zombie = spawn('sh', ['-c', 'sleep 0 & exec sleep 60'], { stdio: 'ignore' });
    const ended = () => {
      const children = readFileSync(`/proc/${zombie.pid}/task/${zombie.pid}/children`, 'utf8').trim();
      return children !== '' && readFileSync(`/proc/${children}/stat`, 'utf8').includes(') Z ') ? children : null;
    };
    await expect.poll(ended).not.toBeNull();
    left(`${here}-${ended()}-${startOf(Number(ended()))}-0`);
    expect(await removeLeftovers(target)).toHaveLength(1);
    zombie.kill();
  });

  it('of running processes, this one among them, of other targets and other programs stay', async () => {
    const mine = basename(temporaryName(target));
    writeFileSync(at(mine), '');
    mkdirSync(at(`ck.json.${here}-${NOBODY}-1-0.tmp`));
    symlinkSync('elsewhere', at(`ck.json.${here}-${NOBODY}-1-1.tmp`));
    const others = [
      left(`${here}-${sleeper.pid}-${startOf(sleeper.pid as number)}-0`),
      left(`${here}-${sleeper.pid}-0-0`),
      left(`${here}-${NOBODY}-1-0`, 'other.json'),
      left(`${here}-${NOBODY}-1-0`, 'ck.json.json'),
      left(`${here}-${NOBODY}-1`),
      left(`1234567890`),
    ];
    const before = list();
    expect(before).toHaveLength(others.length + 3);
    expect(await removeLeftovers(target)).toEqual([]);
    expect(list()).toEqual(before);
  });

  it('of other machines, containers and boots stay: they are said once nobody writes to them', async () => {
    const elsewhere = here === '0123abcd' ? 'abcd0123' : '0123abcd';
    const name = left(`${elsewhere}-${NOBODY}-1-0`);
    expect(await removeLeftovers(target)).toEqual([]);
    utimesSync(at(name), new Date(), new Date(Date.now() - 120_000));
    expect(await removeLeftovers(target)).toEqual([
      `'${at(name)}' was left by a run on another machine, in another container or before a restart; delete it if none is running`,
    ]);
    expect(list()).toContain(name);
  });
});
