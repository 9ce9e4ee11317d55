/** Floor 7. The form: prices, then the models of the pool, then what is maximised. Everything in it comes from declarations. */

import { batch } from '@preact/signals';
import { setTrain, takeKind } from '../edit.js';
import { catalogue, fault, form } from '../engine/answers.js';
import type { Choice, Group } from '../engine/models.js';
import { sectionOf, setSection } from '../state.js';
import { FaultAt } from './fault.js';
import { GroupFields } from './group-fields.js';
import { PricesForm } from './prices.js';

interface KindProps {
  readonly section: string;
  readonly label: string;
  readonly choices: readonly Choice[];
  /** The kind where the config names none. */
  readonly fallback?: string;
  /** What is chosen where there may be none of it. */
  readonly none?: string;
  readonly onTake?: (kind: string | null) => void;
}

/** The choice of a model, with its sentence. */
function Kind({ section, label, choices, fallback = '', none, onTake }: KindProps) {
  const kind = (sectionOf(section).kind as string | undefined) ?? fallback;
  const startOf = (chosen: string | null) => choices.find(({ name }) => name === chosen)?.start;
  const take = onTake ?? ((chosen: string | null) => takeKind(section, chosen, { start: startOf(chosen) }));
  const id = `kind-${section}`;
  return (
    <div class="kind">
      <label for={id}>{label}</label>
      <select id={id} value={kind} onChange={(e) => take(e.currentTarget.value || null)} aria-describedby={`${id}-doc`}>
        {none !== undefined && <option value="">{none}</option>}
        {choices.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <p class="doc" id={`${id}-doc`}>
        {choices.find(({ name }) => name === kind)?.doc}
      </p>
    </div>
  );
}

/** Parameters and settings of a model of the config. */
function Fields({ section }: { readonly section: string }) {
  const group: Group | undefined = form.value?.groups.find((g) => g.section === section);
  // a form is one answer behind: the fields of another kind are no use
  return group === undefined ? null : <GroupFields group={group} />;
}

/** Of these a pool takes the fee of the one before; everything else belongs to its kind. */
const SHARED = ['fee', 'value', 'arbitrageEvery', 'protocolShare'];

function takePool(kind: string | null): void {
  if (kind === null) return;
  const pool = catalogue.value?.pools.find(({ name }) => name === kind);
  takeKind('pool', kind, { kept: SHARED.filter((key) => pool?.keys.includes(key)) });
  const ruled = pool?.ruled === true;
  if (ruled && sectionOf('rule').kind === undefined) setSection('rule', { kind: 'momentum' });
  if (!ruled) setSection('rule', null);
}

function takeFlow(kind: string | null): void {
  batch(() => {
    takeKind('flow', kind, { start: catalogue.value?.flows.find(({ name }) => name === kind)?.start });
    if (kind !== null) return;
    for (const { section, parameters } of form.value?.groups ?? []) {
      for (const field of parameters) if (field.needsFlow && field.train) setTrain(section, field, false);
    }
  });
}

function Objective() {
  const { objectives } = catalogue.value!;
  return (
    <section aria-labelledby="form-objective">
      <h2 id="form-objective">Objective</h2>
      <Kind section="objective" label="What is maximised" choices={objectives} fallback="daily_log_sharpe" />
      <p class="doc">
        Arrows at the sliders: which way the objective rises, and by how much over a hundredth of the slider’s length.
      </p>
      <FaultAt section="objective" failure={fault.value} />
    </section>
  );
}

export function ConfigForm() {
  const models = catalogue.value;
  if (models === null) return <p class="waiting">The engine is loading …</p>;
  const pool = models.pools.find(({ name }) => name === sectionOf('pool').kind);
  return (
    <form onSubmit={(e) => e.preventDefault()}>
      <section aria-labelledby="form-prices">
        <h2 id="form-prices">Prices</h2>
        <PricesForm />
        <FaultAt section="data" failure={fault.value} />
      </section>
      <Objective />
      <section aria-labelledby="form-pool">
        <h2 id="form-pool">Pool</h2>
        <Kind section="pool" label="Kind of pool" choices={models.pools} onTake={takePool} />
        <FaultAt section="pool" failure={fault.value} />
        <Fields section="pool" />
      </section>
      {pool?.ruled === true && (
        <section aria-labelledby="form-rule">
          <h2 id="form-rule">Rule</h2>
          <Kind section="rule" label="Rule of the weights" choices={models.rules} fallback="momentum" />
          <FaultAt section="rule" failure={fault.value} />
          <Fields section="rule" />
        </section>
      )}
      <section aria-labelledby="form-flow">
        <h2 id="form-flow">Flow</h2>
        <Kind
          section="flow"
          label="Who else trades"
          choices={models.flows}
          none="arbitrageurs only"
          onTake={takeFlow}
        />
        <FaultAt section="flow" failure={fault.value} />
        <Fields section="flow" />
      </section>
      <section aria-labelledby="form-fee-law">
        <h2 id="form-fee-law">Law of fees</h2>
        <Kind section="feeLaw" label="What moves the fee" choices={models.feeLaws} none="nothing: it is fixed" />
        <FaultAt section="feeLaw" failure={fault.value} />
        <Fields section="feeLaw" />
      </section>
    </form>
  );
}
