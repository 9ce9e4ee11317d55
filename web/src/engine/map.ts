/** Floor 7. The map of the objective as a call of the page. */
import { closeSession } from 'poolgrad/browser';
import type { Handlers } from './call.js';
import { type Level, type MapQuestion, type MapShare, mapOf } from './grid.js';
import type { Question } from './models.js';
import { type DeviceName, sessionFor } from './sessions.js';

export interface MapCalls {
  readonly map: {
    readonly ask: Question & MapQuestion & { readonly device: DeviceName };
    readonly event: Level | MapShare;
    readonly answer: Level;
  };
}

export const mapHandlers: Handlers<MapCalls> = {
  async map({ config, data, device, ...question }, { signal, tell }) {
    const session = await sessionFor({ config, data }, { device, training: true });
    try {
      return await mapOf(session, question, signal, tell);
    } finally {
      closeSession(session);
    }
  },
};
