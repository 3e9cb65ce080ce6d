import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { dnsimpleCapabilities } from './capabilities.ts';
import { dnsimpleTokens } from './tokens.ts';

/** DNSimple, by its API of rows. */
export const dnsimple: Driver = {
  id: 'dnsimple',
  title: 'DNSimple',
  aliases: ['dnsimple.com'],
  settingsUrl: 'https://dnsimple.com/user',
  environment: [
    ...dnsimpleTokens.map((name, at) => ({
      name,
      secret: true,
      text: at === 0 ? 'an API access token' : 'the same',
    })),
    {
      name: 'DNSIMPLE_ACCOUNT',
      secret: false,
      text: 'the number of the account, where the token opens several',
    },
    {
      name: 'ZONECUT_DNSIMPLE_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://api.dnsimple.com/v2` unless given',
    },
  ],
  capabilities: dnsimpleCapabilities,
  find: async settings => foundIn(settings, ...dnsimpleTokens),
  load: async () => (await import('./provider.ts')).openDnsimple,
};
