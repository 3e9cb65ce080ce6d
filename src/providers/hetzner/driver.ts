import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { hetznerCapabilities } from './capabilities.ts';
import { hetznerTokens } from './tokens.ts';

/** Hetzner DNS, by the zones and RRsets of the Cloud API. */
export const hetzner: Driver = {
  id: 'hetzner',
  title: 'Hetzner',
  aliases: ['hcloud', 'hetzner.com', 'hetzner cloud', 'hetznercloud'],
  settingsUrl: 'https://console.hetzner.com',
  environment: [
    ...hetznerTokens.map((name, at) => ({
      name,
      secret: true,
      text:
        at === 0 ? 'a token of the project that has the zones; to write it needs "Read & Write"' : 'the same',
    })),
    {
      name: 'ZONECUT_HETZNER_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://api.hetzner.cloud/v1` unless given',
    },
  ],
  capabilities: hetznerCapabilities,
  find: async settings => foundIn(settings, ...hetznerTokens),
  load: async () => (await import('./provider.ts')).openHetzner,
};
