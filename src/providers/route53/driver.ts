import type { Driver, Settings } from '../driver.ts';
import { variable } from '../driver.ts';
import { route53Capabilities } from './capabilities.ts';

/** Amazon Route 53, by the official SDK. */
export const route53: Driver = {
  id: 'route53',
  title: 'Amazon Route 53',
  aliases: ['aws', 'amazon', 'r53', 'route-53'],
  settingsUrl: 'https://console.aws.amazon.com/iam/home#/security_credentials',
  environment: [
    { name: 'AWS_ACCESS_KEY_ID', secret: false, text: 'access key ID' },
    { name: 'AWS_SECRET_ACCESS_KEY', secret: true, text: 'secret access key' },
    { name: 'AWS_SESSION_TOKEN', secret: true, text: 'session token, for temporary credentials' },
    {
      name: 'AWS_PROFILE',
      secret: false,
      text: 'profile of ~/.aws/config and ~/.aws/credentials (also SSO and roles)',
    },
    { name: 'AWS_REGION', secret: false, text: 'region; us-east-1 unless given' },
    {
      name: 'ZONECUT_ROUTE53_KMS_KEY',
      secret: false,
      text: 'ARN of the KMS key that zones are signed with (ECC_NIST_P256, in us-east-1)',
    },
    { name: 'AWS_ENDPOINT_URL_ROUTE_53', secret: false, text: 'another endpoint than that of AWS' },
    { name: 'AWS_ENDPOINT_URL', secret: false, text: 'another endpoint for all services' },
  ],
  capabilities: route53Capabilities,
  find: findCredentials,
  load: async () => (await import('./provider.ts')).openRoute53,
};

async function findCredentials(settings: Settings): Promise<string | null> {
  if (variable(settings, 'AWS_ACCESS_KEY_ID') !== null) return 'environment (AWS_ACCESS_KEY_ID)';
  for (const name of [
    'AWS_PROFILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  ]) {
    if (variable(settings, name) !== null) return `environment (${name})`;
  }
  const home = variable(settings, 'HOME', 'USERPROFILE');
  const files = [
    variable(settings, 'AWS_SHARED_CREDENTIALS_FILE') ?? (home === null ? null : `${home}/.aws/credentials`),
    variable(settings, 'AWS_CONFIG_FILE') ?? (home === null ? null : `${home}/.aws/config`),
  ];
  for (const file of files) {
    const text = file === null ? null : ((await settings.readFile?.(file)) ?? null);
    if (text !== null && /^\s*\[/m.test(text)) return `file (${file})`;
  }
  return null;
}
