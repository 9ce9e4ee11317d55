/** Floor 7. The trainings that run, or were cut off, each with its curves as they grow. */
import { amount, duration, formatMetric } from 'poolgrad/browser';
import { TrainingCurves } from './curves.js';
import { listing, runs } from './folder.js';
import type { Run } from './run.js';
import { ago } from './words.js';

/** How to go on with a run that was cut off. */
function CutOff({ run: { modified, checkpoint } }: { readonly run: Run }) {
  const entry = listing.value?.checkpoints.find(({ path }) => path === checkpoint);
  return (
    <p class="fault">
      Cut off {ago(modified)}.{' '}
      {entry === undefined ? (
        'It had written no checkpoint yet.'
      ) : (
        <>
          <code>poolgrad train --resume {checkpoint}</code> goes on from iteration {entry.iteration}.
        </>
      )}
    </p>
  );
}

/** What a run is up to, or what became of it. */
function StateText({ run }: { readonly run: Run }) {
  const { state, error, modified, progress, share, head } = run;
  if (state === 'failed') return <p class="fault">Failed: {error}</p>;
  if (state === 'killed') return <CutOff run={run} />;
  if (state === 'elsewhere') {
    return <p class="doc">On another machine, or in another container; last heard of {ago(modified)}.</p>;
  }
  if (progress === null) return <p class="doc">{share === null ? 'starting …' : doing(share)}</p>;
  const parts = [
    `${amount(progress.stepsPerSecond)} ${head.steps}/s on ${head.device}`,
    `rate ${Number(progress.learningRate.toPrecision(2))}`,
    `gradient ${Number(progress.gradientNorm.toPrecision(2))}`,
    progress.iteration < progress.iterations ? `${duration(progress.etaSeconds)} left at most` : '',
    share === null ? '' : doing(share),
  ];
  return <p class="doc">{parts.filter((part) => part !== '').join(' · ')}</p>;
}

const doing = ({ doing: what, share }: NonNullable<Run['share']>): string => `${what} ${Math.round(100 * share)}%`;

const STATES = { running: 'running', killed: 'cut off', failed: 'failed', elsewhere: 'elsewhere' } as const;

function RunCard({ run }: { readonly run: Run }) {
  const { head, progress, curves, checkpoint, state } = run;
  const at = progress?.iteration ?? (curves.objective.at(-1)?.iteration ?? -1) + 1;
  const of = progress?.iterations ?? head.iterations;
  return (
    <article class="run" aria-label={`Training of ${checkpoint}`}>
      <header>
        <h3>{checkpoint}</h3>
        <span class={`badge ${state}`}>{STATES[state]}</span>
        <span class="doc">
          {head.title} on {head.assets.join(', ')} · began {ago(Date.parse(head.began))}
        </span>
      </header>
      <label class="course">
        <progress max={of} value={at} />
        <span>
          iteration {at} of {of}
          {progress !== null && (
            <>
              {' '}
              · best validation <b>{formatMetric(head.objective, progress.validation)}</b>
            </>
          )}
        </span>
      </label>
      <StateText run={run} />
      <TrainingCurves curves={curves} metric={head.objective} />
    </article>
  );
}

export function Running() {
  const all = [...runs.value.values()].sort((a, b) => (a.head.began < b.head.began ? 1 : -1));
  return (
    <section aria-labelledby="running-title">
      <h2 id="running-title">Trainings</h2>
      {all.length === 0 ? (
        <p class="doc">
          None runs in this folder. One that is started, by <code>poolgrad train my-pool.yaml</code>, shows here within
          two seconds.
        </p>
      ) : (
        all.map((run) => <RunCard key={run.path} run={run} />)
      )}
    </section>
  );
}
