import type { Driver } from '../driver.ts';
import { foundIn } from '../driver.ts';
import { azureCapabilities } from './capabilities.ts';

/** Azure DNS, by the REST API of Azure Resource Manager. */
export const azure: Driver = {
  id: 'azure',
  title: 'Azure DNS',
  aliases: ['azuredns', 'azure-dns', 'microsoft', 'arm'],
  settingsUrl: 'https://portal.azure.com/#view/Microsoft_AAD_RegisteredApps',
  environment: [
    { name: 'AZURE_TENANT_ID', secret: false, text: 'the tenant (directory)' },
    { name: 'AZURE_CLIENT_ID', secret: false, text: 'the application' },
    { name: 'AZURE_CLIENT_SECRET', secret: true, text: 'a client secret of it' },
    { name: 'AZURE_SUBSCRIPTION_ID', secret: false, text: 'the subscription with the zones' },
    {
      name: 'AZURE_RESOURCE_GROUP',
      secret: false,
      text: 'the group in which zones are listed and made; all groups are listed, and no zone is made, unless given',
    },
    {
      name: 'AZURE_AUTHORITY_HOST',
      secret: false,
      text: 'where tokens are given; `https://login.microsoftonline.com` unless given',
    },
    {
      name: 'ZONECUT_AZURE_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://management.azure.com` unless given',
    },
  ],
  capabilities: azureCapabilities,
  find: async settings => foundIn(settings, 'AZURE_CLIENT_SECRET'),
  load: async () => (await import('./provider.ts')).openAzure,
};
