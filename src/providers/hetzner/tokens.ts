/** The variables in which users have their token. */
export const hetznerTokens: readonly string[] = [
  'HCLOUD_TOKEN',
  'HETZNER_API_TOKEN',
  'HETZNER_TOKEN',
  'HETZNER_CLOUD_TOKEN',
];
