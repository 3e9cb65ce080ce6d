import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { gandiCapabilities } from './capabilities.ts';

/** Gandi LiveDNS, by its API of RRsets. */
export const gandi: Driver = {
  id: 'gandi',
  title: 'Gandi LiveDNS',
  aliases: ['gandi.net', 'livedns', 'gandiv5'],
  settingsUrl: 'https://admin.gandi.net/organizations/account/pat',
  environment: [
    { name: 'GANDI_PERSONAL_ACCESS_TOKEN', secret: true, text: 'a personal access token' },
    { name: 'GANDIV5_PERSONAL_ACCESS_TOKEN', secret: true, text: 'the same' },
    { name: 'GANDI_API_KEY', secret: true, text: 'an API key of the old kind, which Gandi is giving up' },
    {
      name: 'ZONECUT_GANDI_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://api.gandi.net/v5` unless given',
    },
  ],
  capabilities: gandiCapabilities,
  find: async settings =>
    foundIn(settings, 'GANDI_PERSONAL_ACCESS_TOKEN', 'GANDIV5_PERSONAL_ACCESS_TOKEN', 'GANDI_API_KEY'),
  load: async () => (await import('./provider.ts')).openGandi,
};
