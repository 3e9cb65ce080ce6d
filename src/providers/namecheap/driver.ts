import type { Driver } from '../driver.ts';
import { variable } from '../driver.ts';
import { namecheapCapabilities } from './capabilities.ts';

/** Namecheap, by its XML API. */
export const namecheap: Driver = {
  id: 'namecheap',
  title: 'Namecheap',
  aliases: ['nc', 'name-cheap', 'namecheap.com'],
  settingsUrl: 'https://ap.www.namecheap.com/settings/tools/apiaccess/',
  environment: [
    { name: 'NAMECHEAP_API_USER', secret: false, text: 'user name' },
    { name: 'NAMECHEAP_API_KEY', secret: true, text: 'API key' },
    {
      name: 'NAMECHEAP_USER_NAME',
      secret: false,
      text: 'user that owns the domains, unless the API user does',
    },
    { name: 'NAMECHEAP_CLIENT_IP', secret: false, text: 'IPv4 address of this machine, as on the whitelist' },
    { name: 'NAMECHEAP_USE_SANDBOX', secret: false, text: 'true: the sandbox of Namecheap' },
    { name: 'ZONECUT_NAMECHEAP_ENDPOINT', secret: false, text: 'another endpoint than that of Namecheap' },
  ],
  capabilities: namecheapCapabilities,
  find: async settings =>
    variable(settings, 'NAMECHEAP_API_KEY') === null ? null : 'environment (NAMECHEAP_API_KEY)',
  load: async () => (await import('./provider.ts')).openNamecheap,
};
