/** Floor 7. The checkpoints of the folder: what they are, what they came to, which two stand side by side. */
import { signal } from '@preact/signals';
import { type CheckpointEntry, formatMetric, type Listing } from 'poolgrad/browser';
import { runs } from './folder.js';
import { List, Written } from './list.js';
import { OpenButton } from './open.js';

/** Paths of those that are looked at side by side: the first chosen first. */
export const chosen = signal<readonly string[]>([]);
const MOST = 2;

function choose(path: string, isIn: boolean): void {
  const others = chosen.value.filter((other) => other !== path);
  // a third takes the place of the one that was chosen first
  chosen.value = isIn ? [...others.slice(-(MOST - 1)), path] : others;
}

function stateOf({ path, finished, iteration, iterations }: CheckpointEntry): string {
  const run = [...runs.value.values()].find(({ checkpoint }) => checkpoint === path);
  if (run?.state === 'running') return 'is trained now';
  return finished ? `finished, ${iteration} iterations` : `stopped at ${iteration} of ${iterations}`;
}

function Row({ entry }: { readonly entry: CheckpointEntry }) {
  const { path, title, assets, objective, validation, modified, code } = entry;
  return (
    <tr>
      <td class="pick">
        <input
          type="checkbox"
          aria-label={`${path} side by side`}
          checked={chosen.value.includes(path)}
          onChange={(e) => choose(path, e.currentTarget.checked)}
        />
      </td>
      <th scope="row">{path}</th>
      <td data-label="Models">
        {title} on {assets.join(', ')}
        {code.length > 0 && <span class="doc"> with code of its own: {code.join(', ')}</span>}
      </td>
      <td data-label="Validation">
        {formatMetric(objective, validation)} <span class="doc">{objective}</span>
      </td>
      <td data-label="State">{stateOf(entry)}</td>
      <Written at={modified} />
      <td>{code.length === 0 && <OpenButton path={path} data={entry.dataset} />}</td>
    </tr>
  );
}

const HEADS = [
  { title: 'Side by side', isUnseen: true },
  { title: 'Checkpoint' },
  { title: 'Models' },
  { title: 'Validation' },
  { title: 'State' },
  { title: 'Written' },
  { title: 'Open', isUnseen: true },
];

export function Checkpoints({ listing: { checkpoints } }: { readonly listing: Listing }) {
  const latest = [...checkpoints].sort((a, b) => b.modified - a.modified);
  return (
    <section aria-labelledby="checkpoints-title">
      <h2 id="checkpoints-title">Checkpoints</h2>
      {latest.length === 0 ? (
        <p class="doc">
          None in this folder yet: <code>poolgrad train</code> writes one.
        </p>
      ) : (
        <List heads={HEADS}>
          {latest.map((entry) => (
            <Row key={entry.path} entry={entry} />
          ))}
        </List>
      )}
    </section>
  );
}
