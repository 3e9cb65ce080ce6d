import type { Driver } from '../driver.ts';
import { variable } from '../driver.ts';
import { dynCapabilities } from './capabilities.ts';

/** Dyn Managed DNS (DynECT), by its REST API. */
export const dyn: Driver = {
  id: 'dyn',
  title: 'Dyn Managed DNS',
  aliases: ['dynect', 'dyndns', 'oracle-dyn', 'dyn.com'],
  settingsUrl: 'https://portal.dynect.net/',
  environment: [
    { name: 'DYN_CUSTOMER_NAME', secret: false, text: 'customer name' },
    { name: 'DYN_USER_NAME', secret: false, text: 'user name' },
    { name: 'DYN_PASSWORD', secret: true, text: 'password' },
    {
      name: 'ZONECUT_DYN_ENDPOINT',
      secret: false,
      text: 'another endpoint than that of Dyn, ending in /REST',
    },
  ],
  capabilities: dynCapabilities,
  find: async settings => (variable(settings, 'DYN_PASSWORD') === null ? null : 'environment (DYN_PASSWORD)'),
  load: async () => (await import('./provider.ts')).openDyn,
};
