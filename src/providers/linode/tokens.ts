/** The variables in which users have their token. */
export const linodeTokens: readonly string[] = ['LINODE_TOKEN', 'LINODE_CLI_TOKEN', 'LINODE_API_TOKEN'];
