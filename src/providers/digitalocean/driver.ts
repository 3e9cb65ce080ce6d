import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { digitaloceanCapabilities } from './capabilities.ts';
import { digitaloceanTokens } from './tokens.ts';

/** DigitalOcean DNS, by its API of rows. */
export const digitalocean: Driver = {
  id: 'digitalocean',
  title: 'DigitalOcean',
  aliases: ['do', 'digital ocean', 'digitalocean.com'],
  settingsUrl: 'https://cloud.digitalocean.com/account/api/tokens',
  environment: [
    ...digitaloceanTokens.map((name, at) => ({
      name,
      secret: true,
      text: at === 0 ? 'a personal access token' : 'the same',
    })),
    {
      name: 'ZONECUT_DIGITALOCEAN_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://api.digitalocean.com/v2` unless given',
    },
  ],
  capabilities: digitaloceanCapabilities,
  find: async settings => foundIn(settings, ...digitaloceanTokens),
  load: async () => (await import('./provider.ts')).openDigitalOcean,
};
