/** The variables in which users have their token. */
export const dnsimpleTokens: readonly string[] = ['DNSIMPLE_OAUTH_TOKEN', 'DNSIMPLE_TOKEN'];
