import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { ns1Capabilities } from './capabilities.ts';

/** NS1 (IBM NS1 Connect), by its API of RRsets. */
export const ns1: Driver = {
  id: 'ns1',
  title: 'NS1',
  aliases: ['nsone', 'ns1.com', 'ibm ns1 connect'],
  settingsUrl: 'https://my.nsone.net/#/account/settings/keys',
  environment: [
    { name: 'NS1_API_KEY', secret: true, text: 'an API key that may view and manage the zone' },
    {
      name: 'ZONECUT_NS1_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://api.nsone.net/v1` unless given',
    },
  ],
  capabilities: ns1Capabilities,
  find: async settings => foundIn(settings, 'NS1_API_KEY'),
  load: async () => (await import('./provider.ts')).openNs1,
};
