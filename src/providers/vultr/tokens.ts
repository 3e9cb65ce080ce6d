/** The variables in which users have their key. */
export const vultrTokens: readonly string[] = ['VULTR_API_KEY', 'VULTR_TOKEN'];
