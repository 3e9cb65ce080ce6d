import type { Name } from '../dns/name.ts';

/** What credentials are wanted for. */
export interface PolicyRequest {
  /** As the host of the zone above, which gets the delegation, or as the host of the child's zone. */
  readonly side: 'parent' | 'child';
  readonly cut: Name;
  /** The zone above, where it is known. */
  readonly zone: { readonly id: string; readonly apex: Name } | null;
  /** Addresses of name servers below the cut are written, too. */
  readonly glue: boolean;
}

/** The least that credentials must be allowed, for one cut. */
export interface HostPolicy {
  /** A policy that the host takes as it is, such as one of IAM; null where it has no such language. */
  readonly document: object | null;
  /** Lines for a configuration, where the host has one. */
  readonly lines: readonly string[];
  /** What to do with it, and what cannot be narrowed: sentences. */
  readonly steps: readonly string[];
}

/** The policy at the host with that id; hosts that are not known here get none but the word that none is known. */
export function hostPolicy(id: string, request: PolicyRequest): HostPolicy {
  // Another account of a host needs the same.
  return (
    policies[id.split(':', 1)[0] ?? id]?.(request) ??
    plain('Nothing is known of narrower credentials at this host.')
  );
}

const policies: Readonly<Record<string, (request: PolicyRequest) => HostPolicy>> = {
  route53: request => ({
    document: {
      Version: '2012-10-17',
      Statement: request.side === 'parent' ? overParent(request) : overChild(request),
    },
    lines: [],
    steps: [
      'Create it as a customer managed policy: aws iam create-policy --policy-name NAME --policy-document file://policy.json',
      ...(request.side === 'parent' && request.zone === null
        ? ['ZONE_ID stands for the ID of the zone above: give it with --zone-id.']
        : []),
      ...(request.side === 'parent' && request.glue
        ? [
            'Route 53 looks at a whole batch at once, so names and types of NS, DS and glue stand in one statement.',
          ]
        : []),
      ...(request.side === 'child'
        ? [
            'AWS cannot bind the creation of zones to a name; conditions hold its records to those of the cut, in any zone.',
            'When the zone is there, put its ID in place of hostedzone/* and take CreateHostedZone away.',
            'For --sign add the actions on KeySigningKeys and DNSSEC of Route 53, and kms:DescribeKey, kms:GetPublicKey and kms:CreateGrant on the key.',
          ]
        : []),
    ],
  }),
  namecheap: () =>
    plain(
      'A key of the API opens the whole account; there are no narrower ones.',
      'Let it be used from one address only: Profile, Tools, API Access, Whitelisted IPs.',
    ),
  dyn: ({ side, cut }) =>
    plain(
      `Make a user of its own for the API, in a group that may read and change ${side === 'parent' ? 'records of the zone above' : `the zone ${bare(cut)}`} and publish it, and nothing else.`,
      ...(side === 'child'
        ? ['The group must also be allowed to create zones, and to delete them for undelegate.']
        : []),
      'Permissions hold for whole zones, not for names.',
    ),
  oci: ociStatements,
  gcloud: googleRole,
  azure: azureRole,
  rfc2136: dynamicUpdate,
  powerdns: () =>
    plain(
      'The key of the HTTP API opens everything; there are no narrower ones.',
      'Narrower: the driver rfc2136 with a TSIG key (TSIG-ALLOW-DNSUPDATE of the one zone, and lua-dnsupdate-policy-script for names).',
    ),
  desec: deSecToken,
  gandi: ({ cut }) =>
    plain(
      'Make a personal access token: Organizations, Security, Personal Access Tokens.',
      `Scope: the one domain above ${bare(cut)}. Permission: "Manage domain name technical configurations".`,
      'It holds for the whole zone, not for names.',
    ),
  porkbun: ({ cut }) =>
    plain(
      'Make an API key: Account, API Access. It opens every domain of the account for which API access is switched on.',
      `Switch API access on for the one domain above ${bare(cut)}: Domain Management, Details, API Access.`,
      'It holds for whole domains, not for names.',
    ),
  linode: () =>
    plain(
      'Make a personal access token: Profile, API Tokens. Scope: Domains, Read/Write; no other.',
      'Narrower: a restricted user of the account with a grant for the one domain, and a token of that user.',
    ),
  vultr: () =>
    plain(
      'Make a user with the right "Manage DNS" alone (Account, Users), and a key of that user.',
      'Let the key be used from the address of this machine only (Access Control).',
      'It holds for all domains of the account.',
    ),
  namecom: () =>
    plain(
      'Make an API token: Account, Settings, API Tokens. It opens the whole account; there are no narrower ones.',
      'To narrow it, keep the domain in an account of its own.',
    ),
  ovh: ({ zone, cut }) => {
    const name = bare(zone?.apex ?? cut);
    return plain(
      'Make an application and a consumer key with these rules: https://api.ovh.com/createToken/.',
      `GET /domain/zone and GET /auth/currentCredential; GET /domain/zone/${zone === null ? 'ZONE' : name}, and below it GET, POST, PUT and DELETE /record and /record/*, GET /status and POST /refresh.`,
      'They hold for whole zones, not for names.',
    );
  },
  cloudflare: ({ side, cut }) =>
    plain(
      'Make an API token: My Profile, API Tokens, Create Custom Token.',
      ...(side === 'parent'
        ? [
            `Permissions: Zone, Zone, Read and Zone, DNS, Edit. Zone Resources: the one zone above ${bare(cut)}.`,
          ]
        : [
            'Permissions: Zone, Zone, Edit and Zone, DNS, Edit. Zone Resources: all zones of the one account, since the new one is not there yet.',
          ]),
      'It holds for whole zones, not for names.',
    ),
  digitalocean: ({ side }) =>
    plain(
      'Make a personal access token with custom scopes: API, Tokens, Generate New Token.',
      side === 'parent'
        ? 'Scopes: domain:read and domain:update, domain:create and domain:delete for its rows.'
        : 'Scopes: domain:read, domain:create, domain:update and domain:delete.',
      'It holds for all domains of the team; put the zone above into a team of its own to narrow it.',
    ),
  ns1: ({ side, cut }) =>
    plain(
      'Make an API key: Account settings, API keys.',
      `Permissions: DNS, view zones${side === 'child' ? ' and manage zones' : `, and manage zones for the one zone above ${bare(cut)} (allowed zones)`}; nothing else.`,
      'It holds for whole zones, not for names.',
    ),
  hetzner: ({ cut }) =>
    plain(
      'Make a token of the project that has the zone: Console, Security, API Tokens, Read & Write.',
      `It holds for all that is in the project: put the zone of ${bare(cut)}, or the one above, into a project of its own to narrow it.`,
    ),
  dnsimple: ({ cut }) =>
    plain(
      'Make an access token of the account: Account, Access tokens.',
      `Scopes, where the plan has them: zones:read, and zones:write for the one zone above ${bare(cut)}.`,
      'It holds for whole zones, not for names.',
    ),
  godaddy: () =>
    plain(
      'A key of the API opens the whole account; there are no narrower ones.',
      'Make one for production at https://developer.godaddy.com/keys; it works for accounts with 10 domains or a Discount Domain Club plan.',
    ),
  zonefile: () =>
    plain(
      'The user that runs zonecut must write the one zone file and make files in its folder (the lock, and the new text beside it).',
    ),
};

const plain = (...steps: readonly string[]): HostPolicy => ({ document: null, lines: [], steps });

const bare = (name: Name): string => name.replace(/\.$/, '');

/** As the condition keys of Route 53 spell names: lower case, no dot at the end, odd octets as octal escapes. */
function normalized(name: Name): string {
  return bare(name)
    .replace(/\\(\d{3})/g, (_whole, digits: string) => `\\${octal(Number(digits))}`)
    .replace(/\\([^0-9])/g, (_whole, character: string) => `\\${octal(character.charCodeAt(0))}`)
    .replace(/[^\\a-z0-9._-]/g, character => `\\${octal(character.charCodeAt(0))}`);
}

const octal = (code: number): string => code.toString(8).padStart(3, '0');

const key = (what: string): string => `route53:ChangeResourceRecordSets${what}`;

function overParent({ cut, zone, glue }: PolicyRequest): readonly object[] {
  const resource = `arn:aws:route53:::hostedzone/${zone?.id ?? 'ZONE_ID'}`;
  const at = normalized(cut);
  const names = glue ? [at, `*.${at}`] : [at];
  const types = ['NS', 'DS', ...(glue ? ['A', 'AAAA'] : [])];
  return [
    listing,
    {
      Sid: 'ReadTheZoneAbove',
      Effect: 'Allow',
      Action: ['route53:GetHostedZone', 'route53:ListResourceRecordSets'],
      Resource: resource,
    },
    {
      Sid: 'WriteTheDelegation',
      Effect: 'Allow',
      Action: 'route53:ChangeResourceRecordSets',
      Resource: resource,
      Condition: {
        // A condition on all values also holds where there are none, which the second closes.
        'ForAllValues:StringEquals': {
          [key('RecordTypes')]: types,
          [key('Actions')]: ['CREATE', 'DELETE'],
          ...(glue ? {} : { [key('NormalizedRecordNames')]: names }),
        },
        ...(glue ? { 'ForAllValues:StringLike': { [key('NormalizedRecordNames')]: names } } : {}),
        Null: { [key('NormalizedRecordNames')]: 'false' },
      },
    },
  ];
}

const listing = {
  Sid: 'ListZones',
  Effect: 'Allow',
  Action: ['route53:ListHostedZones', 'route53:ListHostedZonesByName'],
  Resource: '*',
};

function overChild({ cut }: PolicyRequest): readonly object[] {
  const at = normalized(cut);
  return [
    listing,
    { Sid: 'CreateTheZone', Effect: 'Allow', Action: 'route53:CreateHostedZone', Resource: '*' },
    {
      Sid: 'ReadAndDeleteTheZone',
      Effect: 'Allow',
      Action: [
        'route53:GetHostedZone',
        'route53:ListResourceRecordSets',
        'route53:GetDNSSEC',
        'route53:DeleteHostedZone',
      ],
      Resource: 'arn:aws:route53:::hostedzone/*',
    },
    {
      Sid: 'WriteItsRecords',
      Effect: 'Allow',
      Action: 'route53:ChangeResourceRecordSets',
      Resource: 'arn:aws:route53:::hostedzone/*',
      Condition: {
        'ForAllValues:StringLike': { [key('NormalizedRecordNames')]: [at, `*.${at}`] },
        Null: { [key('NormalizedRecordNames')]: 'false' },
      },
    },
  ];
}

/** BIND's rules for one key; Knot DNS has the same in other words. */
function dynamicUpdate({ side, cut, glue, zone }: PolicyRequest): HostPolicy {
  const above = zone === null ? 'ZONE' : bare(zone.apex);
  const rules =
    side === 'child'
      ? ['    grant zonecut-key zonesub any;']
      : [
          `    grant zonecut-key name ${bare(cut)}. NS DS;`,
          ...(glue ? [`    grant zonecut-key subdomain ${bare(cut)}. A AAAA;`] : []),
        ];
  const type = side === 'parent' ? [`    update-type: [NS, DS${glue ? ', A, AAAA' : ''}]`] : [];
  return {
    document: null,
    lines: [
      '# BIND, in the zone:',
      `zone "${side === 'parent' ? above : bare(cut)}" {`,
      '  update-policy {',
      ...rules,
      '  };',
      '  allow-transfer { key zonecut-key; };',
      '};',
      '# Knot DNS, among the rules (acl) of the zone:',
      '  - id: zonecut',
      '    key: zonecut-key',
      '    action: [transfer, update]',
      ...(side === 'parent'
        ? [
            '    update-owner: name',
            `    update-owner-match: ${glue ? 'sub-or-equal' : 'equal'}`,
            `    update-owner-name: [${bare(cut)}.]`,
          ]
        : []),
      ...type,
    ],
    steps: [
      'Make the key with tsig-keygen zonecut-key (BIND) or keymgr -t zonecut-key (Knot DNS).',
      'A zone transfer is how zonecut reads the zone, so it sees all of it.',
    ],
  };
}

function deSecToken({ side, cut, zone, glue }: PolicyRequest): HostPolicy {
  const domain = zone === null ? 'DOMAIN' : bare(zone.apex);
  const label = zone === null ? 'SUBNAME' : bare(cut).slice(0, -bare(zone.apex).length - 1);
  const policy = (body: object): string => `${JSON.stringify(body)}`;
  if (side === 'child') {
    return plain(
      'Make a token with perm_create_domain and auto_policy, so that it may write the zones that it made and no others.',
      'For undelegate it also needs perm_delete_domain.',
    );
  }
  return {
    document: null,
    lines: [
      policy({ domain: null, subname: null, type: null, perm_write: false }),
      policy({ domain, subname: label, type: 'NS', perm_write: true }),
      policy({ domain, subname: label, type: 'DS', perm_write: true }),
    ],
    steps: [
      'Make a token, then send each line by POST to https://desec.io/api/v1/auth/tokens/TOKEN_ID/policies/rrsets/, the first one first.',
      ...(glue ? ['For glue add a line with the name of each server and its type A or AAAA.'] : []),
      'Reading is not narrowed: a token reads all domains of the account.',
    ],
  };
}

/** Statements of a policy of OCI's identity service. */
function ociStatements({ side, cut, zone, glue }: PolicyRequest): HostPolicy {
  const where = 'in compartment COMPARTMENT';
  const above = zone === null ? 'ZONE' : bare(zone.apex);
  const name = side === 'parent' ? above : bare(cut);
  const types = ['NS', 'DS', ...(glue ? ['A', 'AAAA'] : [])];
  const records =
    side === 'parent'
      ? `Allow group zonecut to manage dns-records ${where} where all {target.dns-zone.name = '${above}', any {${types.map(type => `target.dns-record.type = '${type}'`).join(', ')}}}`
      : `Allow group zonecut to manage dns-records ${where} where target.dns-zone.name = '${name}'`;
  return {
    document: null,
    lines: [
      side === 'parent'
        ? `Allow group zonecut to read dns-zones ${where}`
        : `Allow group zonecut to manage dns-zones ${where} where target.dns-zone.name = '${name}'`,
      records,
      `Allow group zonecut to read dns-records ${where}`,
    ],
    steps: [
      'Put a user of its own into the group zonecut, and the statements into a policy of the compartment that holds the zone (Identity, Policies).',
      'Unchecked: whether the host looks at the type of each record of a patch; where it does not, the first condition alone holds.',
    ],
  };
}

/** A role of one's own, and a condition that holds it to one zone. */
function googleRole({ side, cut, zone }: PolicyRequest): HostPolicy {
  const reading = ['dns.managedZones.get', 'dns.managedZones.list', 'dns.resourceRecordSets.list'];
  const writing = ['create', 'update', 'delete'].map(what => `dns.resourceRecordSets.${what}`);
  const making = side === 'child' ? ['dns.managedZones.create', 'dns.managedZones.delete'] : [];
  const id = side === 'parent' ? (zone?.id ?? 'ZONE_ID') : 'ZONE_ID';
  return {
    document: {
      title: 'zonecut',
      stage: 'GA',
      includedPermissions: [...reading, ...making, ...writing, 'dns.changes.create', 'dns.changes.get'],
    },
    lines: [],
    steps: [
      'Make a role of it: gcloud iam roles create zonecut --project=PROJECT --file=role.json',
      side === 'parent'
        ? `Give it to a service account for the one zone: gcloud dns managed-zones add-iam-policy-binding ${id} --member=serviceAccount:ADDRESS --role=projects/PROJECT/roles/zonecut; listing zones needs dns.managedZones.list in the project besides.`
        : `Give it to a service account in the project: zones are created there, and a role cannot be held to the name ${bare(cut)}.`,
      ...(side === 'child'
        ? ['For --sign add dns.managedZones.update, dns.dnsKeys.list and dns.dnsKeys.get.']
        : []),
      'It holds for whole zones, not for names.',
    ],
  };
}

/** A role of one's own, with the types of records as actions. */
function azureRole({ side, cut, zone, glue }: PolicyRequest): HostPolicy {
  const group = '/subscriptions/SUBSCRIPTION/resourceGroups/GROUP';
  const records = side === 'parent' ? ['NS', 'DS', ...(glue ? ['A', 'AAAA'] : [])] : ['*'];
  const zones = 'Microsoft.Network/dnsZones';
  return {
    document: {
      Name: 'zonecut',
      IsCustom: true,
      Description: `Delegates ${bare(cut)}`,
      Actions: [
        `${zones}/read`,
        `${zones}/recordsets/read`,
        ...(side === 'child' ? [`${zones}/write`, `${zones}/delete`] : []),
        ...records.flatMap(type => ['read', 'write', 'delete'].map(what => `${zones}/${type}/${what}`)),
      ],
      NotActions: [],
      AssignableScopes: [group],
    },
    lines: [],
    steps: [
      'Make a role of it: az role definition create --role-definition role.json',
      side === 'parent'
        ? `Give it to the application for the one zone: az role assignment create --assignee CLIENT_ID --role zonecut --scope ${zone?.id ?? `${group}/providers/${zones}/ZONE`}; listing zones needs the role Reader for the group besides.`
        : `Give it to the application for the group that is to hold the zone: az role assignment create --assignee CLIENT_ID --role zonecut --scope ${group}`,
      'It holds for types, not for names; a scope can be one record set that is there already.',
    ],
  };
}
