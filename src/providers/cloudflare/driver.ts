import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { cloudflareCapabilities } from './capabilities.ts';
import { cloudflareTokens } from './tokens.ts';

/** Cloudflare DNS, by its API of rows. */
export const cloudflare: Driver = {
  id: 'cloudflare',
  title: 'Cloudflare',
  aliases: ['cf', 'cloudflare.com', 'cloudflareapi'],
  settingsUrl: 'https://dash.cloudflare.com/profile/api-tokens',
  environment: [
    ...cloudflareTokens.map((name, at) => ({
      name,
      secret: true,
      text: at === 0 ? 'an API token; the global key of an account is not taken' : 'the same',
    })),
    {
      name: 'CLOUDFLARE_ACCOUNT_ID',
      secret: false,
      text: 'the account, where the token opens several; wanted for new zones where it has none yet',
    },
    {
      name: 'ZONECUT_CLOUDFLARE_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://api.cloudflare.com/client/v4` unless given',
    },
  ],
  capabilities: cloudflareCapabilities,
  find: async settings => foundIn(settings, ...cloudflareTokens),
  load: async () => (await import('./provider.ts')).openCloudflare,
};
