/**
 * Floor 1, tfjs target: the one place that imports TensorFlow.js, lazily (it takes most of a second).
 *
 * A backend is used when it is registered already, or when its package is installed; a missing one is never replaced by
 * another. The roll-out op and the trainer load the engine from here too, so that all share one.
 */
import { UserError } from '../../errors.js';

export type Tf = typeof import('@tensorflow/tfjs');

/** What the loader needs of the process it runs in; tests give another. */
export interface Host {
  readonly nodeMajor: number;
  importPackage(name: string): Promise<unknown>;
}

const thisProcess: Host = {
  nodeMajor: Number(process.versions.node.split('.')[0]),
  importPackage: (name) => import(name),
};

/** Backends that come in a package of their own, registered by importing it. */
const packages: Readonly<Record<string, string>> = {
  tensorflow: '@tensorflow/tfjs-node-gpu',
  wasm: '@tensorflow/tfjs-backend-wasm',
};

let loaded: Tf | null = null;

/** TensorFlow.js, if some call of `loadEngine` or `probeBackend` has finished importing it. */
export const loadedEngine = (): Tf | null => loaded;

/** The end of the last change of backends: one at a time, for they are the engine's global state. */
let last: Promise<unknown> = Promise.resolve();

/** Runs `body` with TensorFlow.js, after every earlier one has ended. */
function inTurn<T>(body: (tf: Tf) => Promise<T>): Promise<T> {
  const turn = last.then(async () => body(await importEngine()));
  last = turn.catch(() => undefined);
  return turn;
}

async function importEngine(): Promise<Tf> {
  loaded ??= await import('@tensorflow/tfjs');
  // none is active yet, whatever the declared type says; a program that has chosen one keeps it
  if ((loaded.getBackend() as string | undefined) === undefined) await loaded.setBackend('cpu');
  return loaded;
}

/**
 * TensorFlow.js with `backend` active; without one: with the backend that is active already, at first `cpu`.
 *
 * Throws a UserError that says why a backend is not available and what would mend it.
 */
export function loadEngine(backend?: string): Promise<Tf> {
  return inTurn(async (tf) => {
    const wanted = backend ?? tf.getBackend();
    const obstacle = await makeReady(tf, wanted, thisProcess);
    if (obstacle !== null) throw new UserError(`tfjs: the backend ${wanted} is not available: ${obstacle}`);
    await tf.setBackend(wanted);
    return tf;
  });
}

/** Why a backend is not available, or null when it is; the active backend stays as it was. */
export function probeBackend(backend: string, host: Host = thisProcess): Promise<string | null> {
  return inTurn((tf) => makeReady(tf, backend, host));
}

/** Registers and initialises a backend; gives what stands in the way, or null. Leaves the active one active. */
async function makeReady(tf: Tf, backend: string, host: Host): Promise<string | null> {
  const before = tf.getBackend();
  try {
    const obstacle = tf.findBackendFactory(backend) === null ? await register(tf, backend, host) : null;
    if (obstacle !== null) return obstacle;
    return await quietly(tf, async () => {
      if (!(await tf.setBackend(backend))) return 'it is registered, but its initialisation failed';
      // the cpu backend prints an advertisement at its first write, which happens here, unheard
      tf.scalar(0).dispose();
      return null;
    });
  } finally {
    // also after an import: packages make their backend the active one
    if (tf.getBackend() !== before) await tf.setBackend(before);
  }
}

/** Runs `body` without TensorFlow.js's own warnings: it holds them back in production mode. */
async function quietly<T>(tf: Tf, body: () => Promise<T>): Promise<T> {
  const before = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    return await body();
  } finally {
    tf.env().set('PROD', before);
  }
}

/** Imports the package of a backend; gives what stands in the way, or null. */
async function register(tf: Tf, backend: string, host: Host): Promise<string | null> {
  const name = packages[backend];
  if (name === undefined) {
    const known = [...new Set([...Object.keys(tf.engine().registryFactory), ...Object.keys(packages)])];
    return `no such backend is registered; known are ${known.join(', ')}`;
  }
  // its 4.x releases call util.isNullOrUndefined and util.isArray, which Node.js 23 took away
  if (backend === 'tensorflow' && host.nodeMajor >= 23) {
    return `${name} does not work on Node.js ${host.nodeMajor}; use Node.js 20 or 22`;
  }
  let module: unknown;
  try {
    module = await host.importPackage(name);
  } catch (error) {
    return explainImport(name, tf.version_core, error);
  }
  return sameEngine(tf, backend, name, module);
}

/** One line for a failed import: not installed, or the package's own first line and how to mend it. */
function explainImport(name: string, version: string, error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  if (missing && message?.includes(name)) {
    return `the optional package ${name} is not installed; npm install ${name}@${version}`;
  }
  const line = (message ?? String(error)).split('\n')[0].trim().replace(/\.$/, '');
  return `${name} is installed but does not load: ${line}; npm rebuild ${name}, or reinstall it where its download is reachable`;
}

/** Tensors of one engine are unknown to another: the package must have registered at the engine that we imported. */
function sameEngine(tf: Tf, backend: string, name: string, module: unknown): string | null {
  const theirs = module as { engine?: Tf['engine']; version_core?: string };
  const other = theirs.engine !== undefined && theirs.engine() !== tf.engine();
  if (!other && tf.findBackendFactory(backend) !== null) return null;
  const versions = theirs.version_core === undefined ? '' : ` (${theirs.version_core} there, ${tf.version_core} here)`;
  return `${name} registered no backend ${backend} at this engine: there are two copies of @tensorflow/tfjs-core${versions}; npm dedupe, and give all @tensorflow packages the version ${tf.version_core}`;
}
