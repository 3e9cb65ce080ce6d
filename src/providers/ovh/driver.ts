import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { ovhCapabilities } from './capabilities.ts';

/** OVHcloud, by its API of rows. */
export const ovh: Driver = {
  id: 'ovh',
  title: 'OVHcloud',
  aliases: ['ovh.com', 'ovhcloud.com'],
  settingsUrl: 'https://api.ovh.com/createToken/',
  environment: [
    { name: 'OVH_APPLICATION_KEY', secret: false, text: 'the key of the application' },
    { name: 'OVH_APPLICATION_SECRET', secret: true, text: 'the secret that belongs to it' },
    { name: 'OVH_CONSUMER_KEY', secret: true, text: 'what the application may do for whom' },
    { name: 'OVH_ENDPOINT', secret: false, text: '`ovh-eu`, `ovh-ca` or `ovh-us`; the first unless given' },
    {
      name: 'ZONECUT_OVH_ENDPOINT',
      secret: false,
      text: 'where the API is, in place of OVH_ENDPOINT',
    },
  ],
  capabilities: ovhCapabilities,
  find: async settings => foundIn(settings, 'OVH_APPLICATION_KEY', 'OVH_CONSUMER_KEY'),
  load: async () => (await import('./provider.ts')).openOvh,
};
