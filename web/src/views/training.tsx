/** Floor 7. Training: its buttons, how far it is and its curves in sight of the form; parameters, settings and findings below. */
import { useSignal } from '@preact/signals';
import { amount, duration, formatMetric, WHILE_TRAINING } from 'poolgrad/browser';
import { useEffect } from 'preact/hooks';
import { type GoingOn, goingOn } from '../going-on.js';
import {
  bestHindrance,
  device,
  goOnTraining,
  isActive,
  pauseTraining,
  type Run,
  run,
  startTraining,
  stopTraining,
  takeBest,
} from '../training.js';
import { words } from '../words.js';
import { DeviceChoice } from './device.js';
import { Fault } from './fault.js';
import { CourseCharts, ObjectiveChart, ParameterCharts, ValidationChart } from './training-charts.js';
import { LEFT_OUT, TrainingForm } from './training-form.js';
import { TrainingOutcome, Warnings } from './training-outcome.js';

const act = (name: string, onClick: () => void, isMain = false, isOff = false) => (
  <button type="button" key={name} class={isMain ? 'main' : 'plain'} disabled={isOff} onClick={onClick}>
    {name}
  </button>
);

function Buttons() {
  const now = run.value;
  const status = now?.status;
  const best = now?.best != null && act('Use the best', takeBest, false, bestHindrance.value !== null);
  const from = goingOn.value;
  if (status === 'pausing' || status === 'paused') {
    return [act('Resume', () => void goOnTraining(), true), act('Stop', () => void stopTraining()), best];
  }
  if (isActive.value) {
    const isOff = status !== 'running';
    return [
      act('Pause', () => void pauseTraining(), true, isOff),
      act('Stop', () => void stopTraining(), false, status === 'stopping'),
      best,
    ];
  }
  return [
    act('Train', () => void startTraining('values'), true),
    now?.outcome?.stopped === 'signal' && act('Go on', () => void startTraining('stopped')),
    from !== null &&
      act(`Go on with ${from.name}`, () => void startTraining('checkpoint'), false, from.hindrance !== null),
    best,
  ];
}

const STATUS: Readonly<Record<Run['status'], string>> = {
  starting: 'Starting',
  running: 'Training',
  pausing: 'Pausing',
  paused: 'Paused',
  stopping: 'Stopping',
  done: 'Done',
  failed: 'Failed',
};

const ENDED = { iterations: 'all iterations are done', patience: 'validation no longer rose', signal: 'stopped' };

/** Iterations that are done, of how many. */
function doneOf({ entries, begun, outcome }: Run): readonly [number, number] {
  const all = begun?.iterations ?? 1;
  if (outcome !== null) return [outcome.state.iteration, all];
  return [entries.length === 0 ? 0 : entries[entries.length - 1].iteration, all];
}

/** How it goes, in one line. */
function lineOf(now: Run): string {
  const { begun, best, outcome, status, doing } = now;
  if (status === 'failed' && now.entries.length === 0) return 'Failed before the first iteration';
  if (begun === null) return STATUS[status];
  const [done, all] = doneOf(now);
  const ended = outcome !== null ? ` (${ENDED[outcome.stopped]}, ${duration(outcome.seconds)})` : '';
  const speed = outcome?.stepsPerSecond ?? now.stepsPerSecond;
  const parts = [
    `${STATUS[status]}${ended}: ${done} of ${all} iterations`,
    doing !== null && status !== 'done' ? `${doing.what} ${Math.floor(100 * doing.share)} %` : '',
    best === null ? '' : `validation ${formatMetric(begun.metric, best.validation)}`,
    speed === null ? '' : `${amount(speed)} ${begun.steps} a second`,
    status === 'running' && now.etaSeconds !== null ? `${duration(now.etaSeconds)} left` : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function deviceLine({ begun }: Run): string {
  if (begun === null) return '';
  const { name, why, precision, threads, judge } = begun.device;
  const runs = `${begun.sets} sets × ${begun.lanes} on ${name}, ${precision}`;
  if (judge === null) return `${runs}, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
  return `${runs} (${why}); sets are compared on ${judge}, in float64`;
}

/** What those hear who do not see it: when it starts, pauses and ends, not every step. */
function Said({ now }: { readonly now: Run }) {
  const said = useSignal('');
  const { status } = now;
  // said once for each status
  useEffect(() => {
    said.value = now.failure === null ? lineOf(now) : `Training failed: ${now.failure.message}`;
  }, [status]);
  return (
    <p class="unseen" role="status">
      {said.value}
    </p>
  );
}

function Progress({ now }: { readonly now: Run }) {
  const [done, all] = doneOf(now);
  return (
    <>
      <progress class="progress" value={done} max={all} aria-label="Iterations that are done" />
      <p class="doc" data-testid="training-line">
        {lineOf(now)}
      </p>
      <p class="doc device-line">{deviceLine(now)}</p>
      <Said now={now} />
    </>
  );
}

/** What going on with an opened checkpoint is, or why it cannot be. */
function CheckpointLine({ from }: { readonly from: GoingOn }) {
  const { name, earlier, iterations, hindrance } = from;
  const taken = WHILE_TRAINING.filter((key) => !LEFT_OUT.includes(key)).map((key) => words(key).toLowerCase());
  return (
    <p class="doc">
      {hindrance ??
        `${name} stands at iteration ${earlier.state.iteration} of ${iterations}. Going on with it takes its own config, whatever the sliders have, and of “How to train” ${taken.join(', ')}.`}
    </p>
  );
}

export function TrainingHead() {
  const now = run.value;
  return (
    <>
      <div class="bar">
        <Buttons />
        <DeviceChoice chosen={device} isOff={isActive.value} />
      </div>
      {goingOn.value !== null && !isActive.value && <CheckpointLine from={goingOn.value} />}
      {now === null ? (
        <p class="doc">
          Training starts at the values of the sliders and climbs the gradient of the objective. It runs in this page,
          on this machine.
        </p>
      ) : (
        <>
          <Progress now={now} />
          {now.best !== null && bestHindrance.value !== null && <p class="doc">{bestHindrance.value}</p>}
          {now.failure !== null && <Fault failure={now.failure} />}
          {now.entries.length > 0 && (
            <div class="pair">
              <ValidationChart run={now} />
              <ObjectiveChart run={now} />
            </div>
          )}
        </>
      )}
    </>
  );
}

export function TrainingMore() {
  const now = run.value;
  return (
    <>
      {now !== null && <Warnings run={now} />}
      {now?.outcome != null && <TrainingOutcome run={now} outcome={now.outcome} />}
      {now !== null && <ParameterCharts run={now} />}
      <TrainingForm />
      {now !== null && now.entries.length > 0 && (
        <details class="settings">
          <summary>Learning rate and gradient</summary>
          <CourseCharts run={now} />
        </details>
      )}
    </>
  );
}
