import { type Account, type DomainState, shownRows } from './account.ts';
import { apiFault, notAssociated } from './fault.ts';
import type { Parameters } from './parameters.ts';
import type { HostRow } from './rows.ts';
import { setHosts } from './set-hosts.ts';
import { element, type XmlElement } from './xml.ts';

/** Who asks. */
export interface Caller {
  readonly userName: string;
}

/** Carries a command out and gives its result elements. Throws NamecheapFault. */
export type Command = (account: Account, caller: Caller, parameters: Parameters) => readonly XmlElement[];

/** The commands, by name in lower case; with the name as the service spells it. */
export const commands: ReadonlyMap<string, { readonly name: string; readonly run: Command }> = new Map(
  [
    { name: 'namecheap.domains.getList', run: getList },
    { name: 'namecheap.domains.getInfo', run: getInfo },
    { name: 'namecheap.domains.dns.getList', run: getDnsList },
    { name: 'namecheap.domains.dns.getHosts', run: getHosts },
    { name: 'namecheap.domains.dns.setHosts', run: runSetHosts },
    { name: 'namecheap.users.getBalances', run: getBalances },
  ].map(command => [command.name.toLowerCase(), command]),
);

function getBalances(): readonly XmlElement[] {
  const zero = '0.00';
  return [
    element('UserGetBalancesResult', {
      Currency: 'USD',
      AvailableBalance: zero,
      AccountBalance: zero,
      EarnedAmount: zero,
      WithdrawableAmount: zero,
      FundsRequiredForAutoRenew: zero,
    }),
  ];
}

function getList(account: Account, caller: Caller, parameters: Parameters): readonly XmlElement[] {
  const page = Math.max(1, numberOf(parameters.get('page'), 1));
  const pageSize = Math.min(100, Math.max(10, numberOf(parameters.get('pagesize'), 20)));
  const term = parameters.get('searchterm')?.toLowerCase() ?? '';
  const domains = [...account.domains.values()].filter(
    domain => !domain.isFreeDns && domain.name.includes(term),
  );
  if (parameters.get('sortby')?.toUpperCase() === 'NAME') {
    domains.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  const shown = domains.slice((page - 1) * pageSize, page * pageSize);
  return [
    element(
      'DomainGetListResult',
      {},
      shown.map(domain => listedDomain(account, caller, domain)),
    ),
    element('Paging', {}, [
      element('TotalItems', {}, String(domains.length)),
      element('CurrentPage', {}, String(page)),
      element('PageSize', {}, String(pageSize)),
    ]),
  ];
}

function numberOf(text: string | null, otherwise: number): number {
  return text !== null && /^\d+$/.test(text) ? Number(text) : otherwise;
}

function listedDomain(account: Account, caller: Caller, domain: DomainState): XmlElement {
  return element('Domain', {
    ID: domain.id,
    Name: domain.name,
    User: caller.userName,
    Created: dateOf(account, -1),
    Expires: dateOf(account, 1),
    IsExpired: false,
    IsLocked: false,
    AutoRenew: true,
    WhoisGuard: 'ENABLED',
    IsPremium: false,
    IsOurDNS: domain.customServers === null,
  });
}

/** A day some years from now, as MM/DD/YYYY. */
function dateOf(account: Account, years: number): string {
  const [year, month, day] = new Date(account.deps.clock.now()).toISOString().slice(0, 10).split('-');
  return `${month}/${day}/${Number(year) + years}`;
}

function getInfo(account: Account, caller: Caller, parameters: Parameters): readonly XmlElement[] {
  const name = parameters.get('domainname')?.toLowerCase() ?? null;
  if (name === null || name === '') {
    throw apiFault(2010324, 'Parameter DomainName is missing');
  }
  const domain = account.domains.get(name);
  if (domain === undefined) {
    throw apiFault(2030166, 'Domain is invalid', unknownInfo());
  }
  return [
    element(
      'DomainGetInfoResult',
      {
        Status: domain.isFreeDns ? null : 'Ok',
        ID: domain.id,
        DomainName: domain.name,
        OwnerName: caller.userName,
        IsOwner: !domain.isFreeDns,
        IsPremium: false,
      },
      [
        element('DomainDetails', {}, [
          element('CreatedDate', {}, dateOf(account, -1)),
          ...(domain.isFreeDns ? [] : [element('ExpiredDate', {}, dateOf(account, 1))]),
          element('NumYears', {}, '0'),
        ]),
        element('LockDetails'),
        element('Whoisguard', { Enabled: 'NotAlloted' }, [element('ID', {}, '0')]),
        premiumDns(),
        dnsDetails(account, domain),
        modificationRights(domain),
      ],
    ),
  ];
}

/** What the service sends along with the error for a domain that the account does not have. */
function unknownInfo(): XmlElement {
  return element('DomainGetInfoResult', { ID: 0, IsOwner: false, IsPremium: false }, [
    element('DomainDetails', {}, [element('NumYears', {}, '0')]),
    element('LockDetails'),
    element('Whoisguard', {}, [element('ID', {}, '0')]),
    premiumDns(),
    element('DnsDetails', { IsUsingOurDNS: false, HostCount: 0, DynamicDNSStatus: false, IsFailover: false }),
    element('Modificationrights'),
  ]);
}

function premiumDns(): XmlElement {
  return element('PremiumDnsSubscription', {}, [
    element('UseAutoRenew', {}, 'false'),
    element('SubscriptionId', {}, '-1'),
    element('CreatedDate', {}, '0001-01-01T00:00:00'),
    element('ExpirationDate', {}, '0001-01-01T00:00:00'),
    element('IsActive', {}, 'false'),
  ]);
}

function dnsDetails(account: Account, domain: DomainState): XmlElement {
  const emailType = domain.emailType === 'NONE' ? 'No Email Service' : domain.emailType;
  return element(
    'DnsDetails',
    {
      ProviderType: domain.customServers !== null ? 'CUSTOM' : domain.isFreeDns ? 'FreeDNS' : 'FREE',
      IsUsingOurDNS: domain.customServers === null,
      HostCount: domain.rows.length,
      EmailType: emailType,
      DynamicDNSStatus: false,
      IsFailover: false,
    },
    nameservers(account, domain),
  );
}

function nameservers(account: Account, domain: DomainState): readonly XmlElement[] {
  const names = domain.customServers ?? account.settings.servers.map(server => server.slice(0, -1));
  return names.map(name => element('Nameserver', {}, name));
}

function modificationRights(domain: DomainState): XmlElement {
  return domain.rights === 'all'
    ? element('Modificationrights', { All: true })
    : element(
        'Modificationrights',
        { All: false },
        domain.rights.map(right => element('Rights', { Type: right }, 'OK')),
      );
}

function getDnsList(account: Account, _caller: Caller, parameters: Parameters): readonly XmlElement[] {
  const name = domainNameOf(parameters);
  const domain = account.domains.get(name);
  if (domain === undefined || domain.isFreeDns) {
    throw notAssociated(name, element('DomainDNSGetListResult', { Domain: name, IsUsingOurDNS: false }));
  }
  const isOurs = domain.customServers === null;
  return [
    element(
      'DomainDNSGetListResult',
      { Domain: domain.name, IsUsingOurDNS: isOurs, IsPremiumDNS: false, IsUsingFreeDNS: false },
      nameservers(account, domain),
    ),
  ];
}

function domainNameOf(parameters: Parameters): string {
  const [sld, tld] = [parameters.get('sld') ?? '', parameters.get('tld') ?? ''];
  if (sld === '') {
    throw apiFault(2010302, 'Parameter SLD is missing');
  }
  if (tld === '') {
    throw apiFault(2010303, 'Parameter TLD is missing');
  }
  return `${sld}.${tld}`.toLowerCase();
}

function hostedDomain(account: Account, name: string, result: XmlElement): DomainState {
  const domain = account.domains.get(name);
  if (domain === undefined) {
    throw notAssociated(name, result);
  }
  if (domain.customServers !== null) {
    throw apiFault(
      2030288,
      'Cannot complete this command as this domain is not using proper DNS servers',
      result,
    );
  }
  return domain;
}

function getHosts(account: Account, _caller: Caller, parameters: Parameters): readonly XmlElement[] {
  const name = domainNameOf(parameters);
  const nothing = element('DomainDNSGetHostsResult', { Domain: name, EmailType: '', IsUsingOurDNS: false });
  const domain = hostedDomain(account, name, nothing);
  return [
    element(
      'DomainDNSGetHostsResult',
      { Domain: domain.name, EmailType: domain.emailType, IsUsingOurDNS: true },
      shownRows(account, domain).map(printRow),
    ),
  ];
}

function printRow(row: HostRow): XmlElement {
  return element('host', {
    HostId: row.id,
    Name: row.name,
    Type: row.type,
    Address: row.address,
    MXPref: row.mxPref,
    TTL: row.ttl,
    AssociatedAppTitle: row.appTitle,
    FriendlyName: row.friendlyName,
    IsActive: true,
    IsDDNSEnabled: row.isDdnsEnabled,
  });
}

function runSetHosts(account: Account, _caller: Caller, parameters: Parameters): readonly XmlElement[] {
  const name = domainNameOf(parameters);
  const nothing = setHostsResult(name, '', false);
  const domain = hostedDomain(account, name, nothing);
  if (domain.rights !== 'all' && !domain.rights.includes('hosts')) {
    throw apiFault(2030166, 'Edit permission for domain is not supported', nothing);
  }
  setHosts(account, domain, parameters);
  return [setHostsResult(domain.name, parameters.get('emailtype'), true)];
}

function setHostsResult(domain: string, emailType: string | null, isSuccess: boolean): XmlElement {
  return element('DomainDNSSetHostsResult', { Domain: domain, EmailType: emailType, IsSuccess: isSuccess }, [
    element('Warnings'),
  ]);
}
