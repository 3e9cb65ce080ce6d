import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { vultrCapabilities } from './capabilities.ts';
import { vultrTokens } from './tokens.ts';

/** Vultr DNS, by its API of rows. */
export const vultr: Driver = {
  id: 'vultr',
  title: 'Vultr',
  aliases: ['vultr.com', 'vultr dns'],
  settingsUrl: 'https://my.vultr.com/settings/#settingsapi',
  environment: [
    ...vultrTokens.map((name, at) => ({
      name,
      secret: true,
      text: at === 0 ? 'a key of the API, allowed from the address of this machine' : 'the same',
    })),
    {
      name: 'ZONECUT_VULTR_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://api.vultr.com/v2` unless given',
    },
  ],
  capabilities: vultrCapabilities,
  find: async settings => foundIn(settings, ...vultrTokens),
  load: async () => (await import('./provider.ts')).openVultr,
};
