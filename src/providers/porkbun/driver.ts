import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { porkbunCapabilities } from './capabilities.ts';

/** Porkbun, by its API of rows. */
export const porkbun: Driver = {
  id: 'porkbun',
  title: 'Porkbun',
  aliases: ['porkbun.com'],
  settingsUrl: 'https://porkbun.com/account/api',
  environment: [
    { name: 'PORKBUN_API_KEY', secret: true, text: 'an API key' },
    { name: 'PORKBUN_SECRET_API_KEY', secret: true, text: 'the secret that belongs to it' },
    {
      name: 'ZONECUT_PORKBUN_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://api.porkbun.com/api/json/v3` unless given',
    },
  ],
  capabilities: porkbunCapabilities,
  find: async settings => foundIn(settings, 'PORKBUN_API_KEY', 'PORKBUN_SECRET_API_KEY'),
  load: async () => (await import('./provider.ts')).openPorkbun,
};
