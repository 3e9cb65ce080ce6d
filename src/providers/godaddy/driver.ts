import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { godaddyCapabilities } from './capabilities.ts';

/** GoDaddy, by its API of domains. */
export const godaddy: Driver = {
  id: 'godaddy',
  title: 'GoDaddy',
  aliases: ['godaddy.com', 'go-daddy', 'domaincontrol'],
  settingsUrl: 'https://developer.godaddy.com/keys',
  environment: [
    { name: 'GODADDY_API_KEY', secret: true, text: 'a key of production' },
    { name: 'GODADDY_API_SECRET', secret: true, text: 'its secret' },
    {
      name: 'ZONECUT_GODADDY_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://api.godaddy.com/v1` unless given, `https://api.ote-godaddy.com/v1` for keys of its test environment',
    },
  ],
  capabilities: godaddyCapabilities,
  find: async settings => foundIn(settings, 'GODADDY_API_SECRET'),
  load: async () => (await import('./provider.ts')).openGodaddy,
};
