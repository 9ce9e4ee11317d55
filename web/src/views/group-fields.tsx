/** Floor 7. Parameters and settings of a model. */
import type { Group } from '../engine/models.js';
import { Parameter } from './parameter.js';
import { Settings } from './settings.js';

export const GroupFields = ({ group }: { readonly group: Group }) => (
  <>
    {group.parameters.map((field) => (
      <Parameter key={`${group.kind}.${field.key}`} section={group.section} field={field} />
    ))}
    {group.settings.length > 0 && <Settings group={group} />}
  </>
);
