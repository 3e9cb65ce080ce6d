import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { namecomCapabilities } from './capabilities.ts';

/** The host name.com, by its API of rows. */
export const namecom: Driver = {
  id: 'namecom',
  title: 'name.com',
  aliases: ['namedotcom', 'name-com'],
  settingsUrl: 'https://www.name.com/account/settings/api',
  environment: [
    { name: 'NAMECOM_USERNAME', secret: false, text: 'the name of the user' },
    { name: 'NAMECOM_API_TOKEN', secret: true, text: 'an API token of that user' },
    {
      name: 'ZONECUT_NAMECOM_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://api.name.com/v4` unless given',
    },
  ],
  capabilities: namecomCapabilities,
  find: async settings => foundIn(settings, 'NAMECOM_API_TOKEN'),
  load: async () => (await import('./provider.ts')).openNamecom,
};
