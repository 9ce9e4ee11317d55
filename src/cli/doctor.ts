/** Floor 6. `poolgrad doctor`: what this machine offers, what `--device auto` takes, and whether the main job can run. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { jsonOption, packageRoot, printOutput } from './shared.js';

/** One finding. `required`: without it the main job cannot run. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly required: boolean;
  readonly detail: string;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('what this machine offers and whether everything is in place; exits 1 if training cannot run')
    .argument('[config]', 'a YAML file: says which device auto takes for its training')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Examples:
  $ poolgrad doctor
  $ poolgrad doctor momentum.yaml
  $ poolgrad doctor --json`,
    )
    .action(async (config: string | undefined, { json }: { json: boolean }) => {
      const findings = await examine(config);
      const healthy = findings.every(({ ok, required }) => ok || !required);
      printOutput(
        { text: findingsText(findings, healthy), json: { healthy, findings }, exitCode: healthy ? 0 : 1 },
        json,
      );
    });
}

async function examine(config: string | undefined): Promise<Finding[]> {
  return [
    ...machine(),
    ...(await targets()),
    ...(await gpus()),
    await webgpu(),
    oneEngine(),
    ...(await datasets()),
    await finding('device auto', true, () => autoFor(config)),
  ];
}

/** What `--device auto` takes, for the training of a config where one is given. */
async function autoFor(config: string | undefined): Promise<string> {
  const { openTarget } = await import('../config/device.js');
  if (config === undefined) return (await openTarget('auto')).why;
  const { registry } = await import('../../kernels/index.js');
  const { loadConfig } = await import('../config/load.js');
  const { train, run } = (await loadConfig(config, registry)).config;
  const { sets, windows } = train;
  const { why } = await openTarget('auto', sets * windows, run.precision);
  return `${sets} sets × ${windows} windows${run.precision === undefined ? '' : ` in ${run.precision}`}: ${why}`;
}

/** What a GPU that is slow in float64 is good for. */
const SLOW_FLOAT64 = 'in float64 most of it idles: train with --precision float32, evaluate in float64 (docs/cuda.md)';

/** NVIDIA's driver and every GPU that it shows. */
async function gpus(): Promise<Finding[]> {
  const { createCudaTarget, deviceText, examineDriver, isSlowInFloat64 } = await import('../targets/cuda/index.js');
  const { selfTest } = await import('../targets/self-test.js');
  let seen: ReturnType<typeof examineDriver>;
  try {
    seen = examineDriver();
  } catch (error) {
    return [{ name: 'cuda', ok: false, required: false, detail: (error as Error).message.replace('cuda: ', '') }];
  }
  const { version, devices } = seen;
  const count = `${devices.length} ${devices.length === 1 ? 'GPU' : 'GPUs'}`;
  return [
    { name: 'cuda', ok: devices.length > 0, required: false, detail: `driver for CUDA ${version}, ${count}` },
    ...devices.map((d) => {
      const name = `cuda:${d.ordinal}` as const;
      const target = createCudaTarget(name);
      const faults = () => target.precisions.map((p) => selfTest(target, p)).find((fault) => fault !== null);
      const obstacle = d.obstacle ?? faults() ?? null;
      const state = obstacle === null ? 'its self-test has the bits of reference' : `not usable: ${obstacle}`;
      const hint = obstacle === null && isSlowInFloat64(d) ? `; ${SLOW_FLOAT64}` : '';
      return { name, ok: obstacle === null, required: false, detail: `${deviceText(d)}; ${state}${hint}` };
    }),
  ];
}

/** What a device is good for on which a CPU does a GPU's work. */
const SOFTWARE = 'it shows that the target works, not how fast a GPU is, and auto never takes it';

/** The GPU that WebGPU finds, or what to install. */
async function webgpu(): Promise<Finding> {
  const { trustedWebgpu } = await import('../config/weigh.js');
  const { target, why } = await trustedWebgpu();
  const row = { name: 'webgpu', ok: target !== null, required: false } as const;
  if (target === null) return { ...row, detail: why };
  const { adapter, limits } = target;
  const size = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const facts = [
    why,
    ...(adapter.vendor === '' ? [] : [`vendor ${adapter.vendor}`]),
    'float32',
    `buffers up to ${size(limits.maxStorageBufferBindingSize)}`,
    `workgroups of up to ${limits.maxComputeInvocationsPerWorkgroup}`,
  ];
  target.dispose();
  const software = adapter.isSoftware ? `; ${SOFTWARE}` : '';
  return { ...row, detail: `${facts.join(', ')}; its self-test is near the reference in float32${software}` };
}

/** A finding from a check that gives its detail, or throws what is wrong. */
async function finding(name: string, required: boolean, check: () => Promise<string>): Promise<Finding> {
  try {
    return { name, required, ok: true, detail: await check() };
  } catch (error) {
    return { name, required, ok: false, detail: (error as Error).message.split('\n')[0] };
  }
}

function machine(): Finding[] {
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const major = Number(process.versions.node.split('.')[0]);
  const node = major >= 20 ? process.version : `${process.version}; install Node.js 20 or later`;
  const memory = `${gigabytes(totalmem())}, ${gigabytes(freemem())} of it free`;
  return [
    { name: 'Node.js', ok: major >= 20, required: true, detail: node },
    { name: 'cores', ok: true, required: true, detail: String(availableParallelism()) },
    { name: 'memory', ok: true, required: true, detail: memory },
  ];
}

async function targets(): Promise<Finding[]> {
  const { targetNamed } = await import('../config/device.js');
  const probed = ['reference', 'wasm', 'native', 'tfjs', 'tfjs:tensorflow'].map(async (device) => {
    const target = await targetNamed(device);
    const { available, reason } = await target.probe();
    const cores = availableParallelism();
    const started = available ? (target.threads?.(cores) ?? cores) : cores;
    const fewer = started < cores ? `, of which the system lets this process start ${started} (ulimit -u)` : '';
    // the reference target alone could do the main job, slowly
    return { name: device, ok: available, required: device === 'reference', detail: `${reason}${fewer}` };
  });
  return Promise.all(probed);
}

/** Tensors of one copy of TensorFlow.js are unknown to another, so all packages must share one. */
function oneEngine(): Finding {
  const core = (from: string) =>
    createRequire(createRequire(import.meta.url).resolve(from)).resolve('@tensorflow/tfjs-core');
  const name = 'TensorFlow.js';
  const shared = core('@tensorflow/tfjs');
  const version = createRequire(shared)('@tensorflow/tfjs-core/package.json').version;
  let gpu: string;
  try {
    gpu = core('@tensorflow/tfjs-node-gpu/package.json');
  } catch {
    return { name, ok: true, required: false, detail: `one engine, ${version}` };
  }
  if (gpu === shared)
    return { name, ok: true, required: false, detail: `one engine, ${version}, shared with tfjs-node-gpu` };
  return { name, ok: false, required: false, detail: 'two copies of @tensorflow/tfjs-core; run npm dedupe' };
}

async function datasets(): Promise<Finding[]> {
  const folder = join(packageRoot(), 'datasets');
  const { loadDataset } = await import('../data/dataset-file.js');
  const files = readdirSync(folder).filter((file) => file.endsWith('.arrow'));
  const checks = files.map((file) =>
    finding(`datasets/${file}`, true, async () => {
      const { rows, assets } = await loadDataset(join(folder, file));
      return `${rows} rows of ${assets.join(', ')}`;
    }),
  );
  return Promise.all(checks);
}

function findingsText(findings: readonly Finding[], healthy: boolean): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const mark = ({ ok, required }: Finding) => (ok ? 'ok' : required ? 'MISSING' : 'absent');
  const lines = findings.map((f) => `${mark(f).padEnd(8)}${f.name.padEnd(width + 2)}${f.detail}`);
  const verdict = healthy ? 'training can run here' : 'training cannot run here: mend what is MISSING';
  return [...lines, '', verdict].join('\n');
}
