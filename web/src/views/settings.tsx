/** Floor 7. Settings of a model: choices and fixed numbers, folded away, for few are changed. */
import { leaveOut, put } from '../edit.js';
import type { Group, SettingField } from '../engine/models.js';
import { sectionOf } from '../state.js';
import { words } from '../words.js';
import { ExactNumber } from './exact-number.js';

const isDefault = (section: string, { key, value, default: usual }: SettingField): boolean =>
  sectionOf(section)[key] === undefined || value === usual;

function Choice({
  section,
  field,
  id,
}: {
  readonly section: string;
  readonly field: SettingField;
  readonly id: string;
}) {
  const choices = Object.entries(field.choices ?? {});
  const chosen = choices.find(([, value]) => value === field.value)?.[0];
  return (
    <select
      id={id}
      value={chosen}
      aria-describedby={`${id}-doc`}
      onChange={(e) => put(section, field.key, e.currentTarget.value)}
    >
      {choices.map(([word]) => (
        <option key={word} value={word}>
          {word}
        </option>
      ))}
    </select>
  );
}

function Setting({ section, field }: { readonly section: string; readonly field: SettingField }) {
  const id = `${section}-${field.key}`;
  const name = words(field.key);
  return (
    <div class="setting">
      <label for={id}>
        {name}
        {field.unit !== '1' && <span class="unit"> ({field.unit})</span>}
      </label>
      {field.choices !== null ? (
        <Choice section={section} field={field} id={id} />
      ) : (
        <ExactNumber
          label={name}
          value={field.value}
          range={field.range}
          onTake={(value) => put(section, field.key, value)}
        />
      )}
      <p class="doc" id={`${id}-doc`}>
        {field.doc}
        {!isDefault(section, field) && (
          <>
            {' '}
            <button type="button" class="quiet" onClick={() => leaveOut(section, field.key)}>
              Back to the default
            </button>
          </>
        )}
      </p>
    </div>
  );
}

export function Settings({ group: { section, settings } }: { readonly group: Group }) {
  const changed = settings.filter((field) => !isDefault(section, field)).length;
  return (
    <details class="settings">
      <summary>Settings{changed > 0 && ` (${changed} changed)`}</summary>
      {settings.map((field) => (
        <Setting key={field.key} section={section} field={field} />
      ))}
    </details>
  );
}
