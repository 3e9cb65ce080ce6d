import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { desecCapabilities } from './capabilities.ts';

/** The host deSEC, by its API of RRsets. */
export const desec: Driver = {
  id: 'desec',
  title: 'deSEC',
  aliases: ['desec.io', 'dedyn', 'dedyn.io'],
  settingsUrl: 'https://desec.io/tokens',
  environment: [
    { name: 'DESEC_TOKEN', secret: true, text: 'a token; to create zones it needs the permission for that' },
    {
      name: 'ZONECUT_DESEC_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://desec.io/api/v1` unless given',
    },
  ],
  capabilities: desecCapabilities,
  find: async settings => foundIn(settings, 'DESEC_TOKEN'),
  load: async () => (await import('./provider.ts')).openDesec,
};
