/** The variables in which users have their token. */
export const digitaloceanTokens: readonly string[] = [
  'DIGITALOCEAN_TOKEN',
  'DIGITALOCEAN_ACCESS_TOKEN',
  'DIGITALOCEAN_OAUTH_TOKEN',
  'DO_API_TOKEN',
  'DO_AUTH_TOKEN',
];
