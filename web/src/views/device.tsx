/** Floor 7. The choice of the device, as far as this browser has them. */
import { type Signal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ask } from '../engine/client.js';
import type { DeviceName, FoundDevice } from '../engine/sessions.js';

/** null until the worker has looked. */
const devices = signal<readonly FoundDevice[] | null>(null);

async function look(): Promise<void> {
  if (devices.value === null) devices.value = await ask('devices', null);
}

interface Props {
  readonly chosen: Signal<DeviceName>;
  readonly isOff: boolean;
}

export function DeviceChoice({ chosen, isOff }: Props) {
  useEffect(() => void look(), []);
  const found = devices.value ?? [];
  const named = found.find(({ name }) => name === chosen.value);
  return (
    <label class="device" title={named?.reason}>
      <span>Device</span>
      <select
        aria-label="Device"
        value={chosen.value}
        disabled={isOff}
        onChange={(e) => {
          chosen.value = e.currentTarget.value as DeviceName;
        }}
      >
        {found.length === 0 && <option value={chosen.value}>{chosen.value}</option>}
        {found.map(({ name, available, isSoftware }) => (
          <option key={name} value={name} disabled={!available}>
            {`${name}${available ? (isSoftware ? ' (a software device)' : '') : ' (not here)'}`}
          </option>
        ))}
      </select>
    </label>
  );
}
