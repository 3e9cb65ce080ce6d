import type { Driver } from '../driver.ts';
import { gcloudCapabilities } from './capabilities.ts';

/** Google Cloud DNS, by its REST API. */
export const gcloud: Driver = {
  id: 'gcloud',
  title: 'Google Cloud DNS',
  aliases: ['google', 'gcp', 'clouddns', 'googlecloud', 'googleclouddns', 'google-cloud-dns'],
  settingsUrl: 'https://console.cloud.google.com/iam-admin/serviceaccounts',
  environment: [
    {
      name: 'GOOGLE_APPLICATION_CREDENTIALS',
      secret: false,
      text: 'the file with the key of a service account; what `gcloud auth application-default login` saved unless given',
    },
    {
      name: 'GOOGLE_CLOUD_PROJECT',
      secret: false,
      text: 'the project with the zones; that of the credentials unless given (`CLOUDSDK_CORE_PROJECT` and `GCE_PROJECT` too)',
    },
    { name: 'CLOUDSDK_CONFIG', secret: false, text: 'the folder of gcloud; `~/.config/gcloud` unless given' },
    {
      name: 'ZONECUT_GCLOUD_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://dns.googleapis.com/dns/v1` unless given',
    },
  ],
  capabilities: gcloudCapabilities,
  find: async settings => (await import('./credentials.ts')).findCredentials(settings),
  load: async () => (await import('./provider.ts')).openGcloud,
};
