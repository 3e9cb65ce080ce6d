/** The variables in which users have their API token. */
export const cloudflareTokens: readonly string[] = [
  'CLOUDFLARE_API_TOKEN',
  'CLOUDFLARE_DNS_API_TOKEN',
  'CF_DNS_API_TOKEN',
  'CF_API_TOKEN',
  'CLOUDFLARE_TOKEN',
];
