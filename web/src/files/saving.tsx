/** Floor 7. The panel of files: a checkpoint to open, and what can be saved of the values of the page or of a training. */
import { useSignal } from '@preact/signals';
import type { TrainState } from 'poolgrad/browser';
import { useEffect } from 'preact/hooks';
import { ask, EngineError } from '../engine/client.js';
import type { SavedKind } from '../engine/files.js';
import type { Question } from '../engine/models.js';
import { config, data } from '../state.js';
import { ended } from '../training.js';
import { FileDrop, FileNews } from './file-prices.js';
import { checkpoint } from './opening.js';

/** Whose files these are. */
interface Subject {
  readonly title: string;
  /** Its config as a file of its own. */
  readonly question: Question;
  /** What its training began with, where that is another. */
  readonly trained?: Question;
  readonly state: TrainState | null;
  readonly name: string;
}

function subjects(): readonly Subject[] {
  const run = ended.value;
  const trained = run?.outcome?.state ?? null;
  const opened = checkpoint.value;
  return [
    {
      title: 'the values on the page',
      question: { config: config.value, data: data.value },
      state: null,
      name: 'pool.json',
    },
    ...(run === null || trained === null
      ? []
      : [{ title: 'the last training', question: run.question, state: trained, name: 'trained.json' }]),
    ...(opened === null
      ? []
      : [
          {
            title: `the checkpoint ${opened.name}`,
            question: { config: opened.config, data: opened.data },
            trained: { config: opened.trained, data: opened.data },
            state: opened.state,
            name: opened.name,
          },
        ]),
  ];
}

const OWN: readonly (readonly [SavedKind, string])[] = [
  ['config', 'Config (YAML)'],
  ['checkpoint', 'Checkpoint'],
  ['prices', 'Prices (Arrow)'],
];

/** Puts a file where the browser keeps what is downloaded. */
function download(name: string, content: string | Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([content]));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  // some browsers begin to read it only after this turn
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function Downloads({ subject }: { readonly subject: Subject }) {
  const exports = useSignal<readonly string[]>([]);
  const said = useSignal<{ readonly isFault: boolean; readonly lines: readonly string[] } | null>(null);
  const { question, trained = question, state, name } = subject;
  useEffect(() => {
    ask('savable', question).then(
      (names) => {
        exports.value = names;
      },
      () => {
        exports.value = [];
      },
    );
  }, [question.config, question.data]);
  const save = async (what: string) => {
    said.value = null;
    try {
      const saved = await ask('save', { ...(what === 'config' ? question : trained), what, state, name });
      download(saved.name, saved.content);
      said.value = { isFault: false, lines: [`saved ${saved.name}`, ...saved.notes] };
    } catch (error) {
      said.value = { isFault: true, lines: [error instanceof EngineError ? error.failure.message : String(error)] };
    }
  };
  return (
    <>
      <div class="downloads">
        {OWN.map(([what, title]) => (
          <button key={what} type="button" onClick={() => void save(what)}>
            {title}
          </button>
        ))}
        {exports.value.map((what) => (
          <button key={what} type="button" onClick={() => void save(what)}>
            Export: {what}
          </button>
        ))}
      </div>
      {said.value !== null && (
        <ul class={said.value.isFault ? 'fault' : 'doc'} role={said.value.isFault ? 'alert' : 'status'}>
          {said.value.lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </>
  );
}

export function FilesPanel() {
  const at = useSignal(0);
  const all = subjects();
  const subject = all[at.value] ?? all[0];
  return (
    <section aria-labelledby="files-save">
      <h2 id="files-save">Save</h2>
      <div class="setting">
        <label for="subject">Of</label>
        <select
          id="subject"
          value={String(all.indexOf(subject))}
          onChange={(e) => {
            at.value = Number(e.currentTarget.value);
          }}
        >
          {all.map(({ title }, i) => (
            <option key={title} value={String(i)}>
              {title}
            </option>
          ))}
        </select>
      </div>
      <Downloads key={subject.title} subject={subject} />
      <p class="doc">
        The command line goes on from these files: put checkpoint and prices into one folder, then poolgrad evaluate
        pool.json.
      </p>
      <h2>Open a checkpoint</h2>
      <FileDrop
        label="Drop a checkpoint that poolgrad train wrote (JSON), on the prices of the page; or choose it"
        accept=".json"
      />
      <FileNews />
    </section>
  );
}
