import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { linodeCapabilities } from './capabilities.ts';
import { linodeTokens } from './tokens.ts';

/** Linode (Akamai) DNS Manager, by its API of rows. */
export const linode: Driver = {
  id: 'linode',
  title: 'Linode',
  aliases: ['linode.com', 'akamai linode', 'linode4'],
  settingsUrl: 'https://cloud.linode.com/profile/tokens',
  environment: [
    ...linodeTokens.map((name, at) => ({
      name,
      secret: true,
      text: at === 0 ? 'a personal access token' : 'the same',
    })),
    {
      name: 'ZONECUT_LINODE_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://api.linode.com/v4` unless given',
    },
  ],
  capabilities: linodeCapabilities,
  find: async settings => foundIn(settings, ...linodeTokens),
  load: async () => (await import('./provider.ts')).openLinode,
};
