import type { Driver } from '../driver.ts';
import { variable } from '../driver.ts';
import { zonefileCapabilities } from './capabilities.ts';

/** Zone files in a folder, such as a checkout of git. */
export const zonefile: Driver = {
  id: 'zonefile',
  title: 'Zone files in a folder',
  aliases: ['zonefiles', 'file', 'files', 'folder', 'zone-file'],
  settingsUrl: 'https://www.rfc-editor.org/rfc/rfc1035#section-5',
  environment: [
    { name: 'ZONECUT_ZONEFILES', secret: false, text: 'the folder; each zone is one file in it' },
  ],
  capabilities: zonefileCapabilities,
  find: async settings =>
    variable(settings, 'ZONECUT_ZONEFILES') === null ? null : 'environment (ZONECUT_ZONEFILES)',
  load: async () => (await import('./provider.ts')).openZonefile,
};
