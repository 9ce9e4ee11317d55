/** The loader of TensorFlow.js: what it says of backends that are not there, and what it leaves as it was. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { tfjs } from '../../src/targets/tfjs/index.js';
import { type Host, loadEngine, probeBackend } from '../../src/targets/tfjs/load.js';

const tf = await loadEngine('cpu');

/** A process in which importing a package ends like this. */
const host = (outcome: () => unknown, nodeMajor = 22): Host => ({ nodeMajor, importPackage: async () => outcome() });
const failing = (message: string, code?: string) =>
  host(() => {
    throw Object.assign(new Error(message), { code });
  });

const GPU = '@tensorflow/tfjs-node-gpu';
const registered = tf.findBackendFactory('tensorflow') !== null;

describe.skipIf(registered)('a backend that cannot be had', () => {
  it('not installed: says how to install it, at our version', async () => {
    const reason = await probeBackend('tensorflow', failing(`Cannot find package '${GPU}'`, 'ERR_MODULE_NOT_FOUND'));
    expect(reason).toBe(`the optional package ${GPU} is not installed; npm install ${GPU}@${tf.version_core}`);
  });

  it('installed, but a package that it needs is not: shows the message', async () => {
    const reason = await probeBackend(
      'tensorflow',
      failing("Cannot find module 'progress'\nRequire stack:", 'MODULE_NOT_FOUND'),
    );
    expect(reason).toMatch(
      /^@tensorflow\/tfjs-node-gpu is installed but does not load: Cannot find module 'progress'; npm rebuild/,
    );
  });

  it('no native binding: one line of its message and the remedy', async () => {
    const reason = await probeBackend(
      'tensorflow',
      failing('libcudart.so.11.0: cannot open shared object file\n  at x'),
    );
    expect(reason).toContain('libcudart.so.11.0: cannot open shared object file; npm rebuild');
    expect(reason).not.toContain('\n');
  });

  it('Node.js 23 or later: refused before the import', async () => {
    let imported = false;
    const reason = await probeBackend('tensorflow', {
      nodeMajor: 24,
      importPackage: async () => {
        imported = true;
      },
    });
    expect(reason).toBe(`${GPU} does not work on Node.js 24; use Node.js 20 or 22`);
    expect(imported).toBe(false);
  });

  it('another copy of the engine: says so, with both versions', async () => {
    const other = { engine: () => ({}), version_core: '4.20.0' };
    const reason = await probeBackend(
      'tensorflow',
      host(() => other),
    );
    expect(reason).toContain('two copies of @tensorflow/tfjs-core (4.20.0 there, ');
    expect(reason).toContain('npm dedupe');
  });

  it('imported, but nothing was registered here: the same', async () => {
    const reason = await probeBackend(
      'tensorflow',
      host(() => ({})),
    );
    expect(reason).toMatch(
      /registered no backend tensorflow at this engine: there are two copies of @tensorflow\/tfjs-core; npm dedupe/,
    );
  });

  it('is told by the target and thrown by the loader, and cpu is not taken instead', async () => {
    const probe = await tfjs('tensorflow').probe();
    expect(probe.available).toBe(false);
    expect(probe.reason).toContain(GPU);
    await expect(loadEngine('tensorflow')).rejects.toThrow(UserError);
    await expect(loadEngine('tensorflow')).rejects.toThrow(/^tfjs: the backend tensorflow is not available: /);
  });
});

describe('backends', () => {
  it('an unknown name: lists the known ones', async () => {
    expect(await probeBackend('abacus')).toBe('no such backend is registered; known are cpu, tensorflow, wasm');
  });

  it('one that fails to initialise is not available, and the active one stays', async () => {
    tf.registerBackend('broken', () => {
      throw new Error('out of order');
    });
    try {
      expect(await probeBackend('broken')).toBe('it is registered, but its initialisation failed');
      expect(tf.getBackend()).toBe('cpu');
      await expect(loadEngine('broken')).rejects.toThrow('tfjs: the backend broken is not available');
      expect(tf.getBackend()).toBe('cpu');
      expect(tf.scalar(1).add(1).dataSync()[0]).toBe(2);
    } finally {
      tf.removeBackend('broken');
    }
  });

  it('without a name the active one is kept', async () => {
    expect((await loadEngine()).getBackend()).toBe('cpu');
  });

  it('probes at the same time do not get into each other’s way', async () => {
    const found = await Promise.all(['cpu', 'abacus', 'cpu'].map((b) => probeBackend(b)));
    expect(found.map((reason) => reason === null)).toEqual([true, false, true]);
    expect(tf.env().getBool('PROD')).toBe(false);
  });

  it('warnings of TensorFlow.js are only held back while a backend is made ready', () => {
    expect(tf.env().getBool('PROD')).toBe(false);
  });
});
