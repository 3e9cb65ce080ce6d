import type { Driver } from '../driver.ts';
import { ociCapabilities } from './capabilities.ts';

/** OCI DNS, by its REST API. */
export const oci: Driver = {
  id: 'oci',
  title: 'OCI DNS',
  aliases: ['oracle', 'oracle-cloud', 'ocidns', 'oraclecloud'],
  settingsUrl: 'https://cloud.oracle.com/identity/domains/my-profile/api-keys',
  environment: [
    {
      name: 'OCI_CLI_CONFIG_FILE',
      secret: false,
      text: "the configuration of Oracle's command line; `~/.oci/config` unless given",
    },
    { name: 'OCI_CLI_PROFILE', secret: false, text: 'the profile of it; `DEFAULT` unless given' },
    {
      name: 'OCI_CLI_TENANCY',
      secret: false,
      text: 'OCID of the tenancy, instead of `tenancy` in the profile',
    },
    { name: 'OCI_CLI_USER', secret: false, text: 'OCID of the user' },
    { name: 'OCI_CLI_FINGERPRINT', secret: false, text: 'fingerprint of the API key' },
    { name: 'OCI_CLI_KEY_FILE', secret: false, text: 'the file of the private key (PEM)' },
    { name: 'OCI_CLI_KEY_CONTENT', secret: true, text: 'the private key itself' },
    { name: 'OCI_CLI_PASSPHRASE', secret: true, text: 'the passphrase of the private key' },
    {
      name: 'OCI_CLI_SECURITY_TOKEN_FILE',
      secret: false,
      text: 'the file of a session token, instead of user and fingerprint',
    },
    { name: 'OCI_CLI_REGION', secret: false, text: 'such as `eu-frankfurt-1`' },
    {
      name: 'OCI_COMPARTMENT_OCID',
      secret: false,
      text: 'where zones are listed and made; the root compartment unless given',
    },
    {
      name: 'ZONECUT_OCI_ENDPOINT',
      secret: false,
      text: 'where the API is; `https://dns.REGION.oraclecloud.com/20180115` unless given',
    },
  ],
  capabilities: ociCapabilities,
  find: async settings => (await import('./credentials.ts')).findCredentials(settings),
  load: async () => (await import('./provider.ts')).openOci,
};
