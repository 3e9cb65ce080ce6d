import { listAt, memberAt, numberAt, textAt } from '../../src/providers/json.ts';
import { cloudHosts } from './provider-cloud-hosts.ts';
import {
  byRRset,
  type JsonShape,
  type Listing,
  objectsIn,
  parametersOf,
  parsed,
  pathOf,
  quotedText,
  type RecordedHost,
  type Row,
  rowsIn,
  type Written,
} from './provider-host.ts';
import { moreHosts } from './provider-more-hosts.ts';
import { restHosts } from './provider-rest-hosts.ts';
import { rowHosts } from './provider-row-hosts.ts';

const powerdnsShape: JsonShape = {
  list: ['rrsets'],
  owner: 'name',
  relative: false,
  type: 'type',
  ttl: 'ttl',
  values: 'records',
  value: 'content',
};

const route53: RecordedHost = {
  driver: 'route53',
  places: ['cassettes/route53', 'lego-bodies/route53'],
  environment: { AWS_ACCESS_KEY_ID: 'AKIAREPLAY0000000001', AWS_SECRET_ACCESS_KEY: 'replayed' },
  listing: ({ method, url, response }) => {
    const id = /\/hostedzone\/(\w+)\/rrset$/.exec(pathOf(url))?.[1];
    const apex = /<Name>([^<]+)<\/Name><Type>SOA</.exec(response)?.[1];
    if (method !== 'GET' || id === undefined || apex === undefined) return null;
    return { zone: { id, apex }, rows: textsOf(response, 'ResourceRecordSet').flatMap(route53Rows) };
  },
  written: ({ method, url, request }) => {
    if (method !== 'POST' || !pathOf(url).endsWith('/rrset')) return null;
    const result = new Map<string, Written>();
    for (const change of textsOf(request, 'Change')) {
      const [first] = route53Rows(change);
      if (first === undefined) continue;
      const gone = textOf(change, 'Action') === 'DELETE';
      const { owner, type } = first;
      result.set(`${owner} ${type}`, { owner, type, rows: gone ? [] : route53Rows(change) });
    }
    return [...result.values()];
  },
};

const namecheap: RecordedHost = {
  driver: 'namecheap',
  places: ['cassettes/namecheap', 'namecheap-xml', 'lego-bodies/namecheap'],
  environment: {
    NAMECHEAP_API_USER: 'replayed',
    NAMECHEAP_API_KEY: 'replayed',
    NAMECHEAP_CLIENT_IP: '127.0.0.1',
  },
  callOf: asked => {
    const values = parametersOf(asked);
    return ['Command', 'SLD', 'TLD']
      .map(key => values.get(key) ?? '')
      .join(' ')
      .toLowerCase();
  },
  listing: ({ response }) => {
    const domain = /<DomainDNSGetHostsResult\s+Domain="([^"]+)"/.exec(response)?.[1];
    if (domain === undefined || !/Status="OK"/i.test(response)) return null;
    const hosts = [...response.matchAll(/<host\s([^>]*)>/gi)].map(([, text = '']) => attributesOf(text));
    return { zone: { id: domain, apex: `${domain}.` }, rows: hosts.map(host => namecheapRow(host, domain)) };
  },
  written: (asked, before) => {
    const values = parametersOf(asked);
    if (!/setHosts$/i.test(values.get('Command') ?? '')) return null;
    const rows: Row[] = [];
    for (let n = 1; values.has(`HostName${n}`); n += 1) {
      const host = { Name: values.get(`HostName${n}`), Type: values.get(`RecordType${n}`) };
      const rest = { Address: values.get(`Address${n}`), TTL: values.get(`TTL${n}`) };
      rows.push(namecheapRow({ ...host, ...rest, MXPref: values.get(`MXPref${n}`) }, before.zone.id));
    }
    return everyRRset(rows, before);
  },
  zones: ({ response }) => {
    if (!/<CommandResponse Type="namecheap.domains.getList">/.test(response)) return null;
    const domains = [...response.matchAll(/<Domain\s([^>]*)>/g)].map(([, text = '']) => attributesOf(text));
    const served = domains.filter(domain => domain['IsOurDNS'] !== 'false' && domain['IsExpired'] !== 'true');
    return served.map(domain => `${domain['Name']}.`);
  },
  urlOf: (file, body) => {
    if (/-request\.|setHosts_error/.test(file)) return null;
    const command = /<CommandResponse Type="([^"]+)"/.exec(body)?.[1];
    if (command === undefined || !/\.(getHosts|getList)$/i.test(command)) return null;
    const domain = /Domain="([^"]+)"/.exec(body)?.[1] ?? '';
    const [sld = '', ...tld] = domain.split('.');
    const query = new URLSearchParams({ Command: command, SLD: sld, TLD: tld.join('.') });
    return { method: 'POST', url: `https://api.namecheap.com/xml.response?${query}` };
  },
};

const powerdns: RecordedHost = {
  driver: 'powerdns',
  places: ['cassettes/powerdns', 'lego-bodies/pdns', 'octodns-bodies/octodns-powerdns'],
  environment: { PDNS_API_URL: 'http://127.0.0.1:8081', PDNS_API_KEY: 'replayed' },
  listing: ({ method, url, response }) => {
    const id = /\/zones\/([^/]+)$/.exec(pathOf(url))?.[1];
    const rows = id === undefined ? null : rowsIn(response, powerdnsShape, id);
    return method !== 'GET' || id === undefined || rows === null ? null : { zone: { id, apex: id }, rows };
  },
  written: ({ method, url, request }) => {
    if (method !== 'PATCH' || !/\/zones\/[^/]+$/.test(pathOf(url))) return null;
    return objectsIn(memberAt(parsed(request), 'rrsets')).map(set => ({
      owner: textAt(set, 'name') ?? '',
      type: textAt(set, 'type') ?? '',
      rows:
        memberAt(set, 'changetype') === 'REPLACE'
          ? (rowsIn(JSON.stringify({ rrsets: [set] }), powerdnsShape, '') ?? [])
          : [],
    }));
  },
  urlOf: (file, body) => {
    const apex = textAt(parsed(body), 'name') ?? textAt(listAt(parsed(body), 'rrsets')?.[0], 'name');
    if (file.endsWith('-request.json') || apex === null || listAt(parsed(body), 'rrsets') === null)
      return null;
    return { method: 'GET', url: `http://127.0.0.1:8081/api/v1/servers/localhost/zones/${apex}` };
  },
};

const dyn: RecordedHost = {
  driver: 'dyn',
  places: ['dyn', 'lego-bodies/dyn'],
  environment: {
    DYN_CUSTOMER_NAME: 'go-dynect',
    DYN_USER_NAME: 'dynect-user',
    DYN_PASSWORD: 'p@55w0rd',
  },
  listing: ({ method, url, response }, all) => {
    const apex = /^\/REST\/AllRecord\/([^/]+)$/.exec(pathOf(url))?.[1];
    const places = listAt(parsed(response), 'data');
    if (method !== 'GET' || apex === undefined || places === null) return null;
    const rows = places.flatMap(place => {
      const found = all.find(one => one.method === 'GET' && pathOf(one.url) === String(place));
      return found === undefined ? [] : [dynRow(memberAt(parsed(found.response), 'data'))];
    });
    return { zone: { id: apex, apex: `${apex}.` }, rows };
  },
  zones: ({ method, url, response }) => {
    const places = listAt(parsed(response), 'data');
    if (method !== 'GET' || pathOf(url) !== '/REST/Zone' || places === null) return null;
    return places.map(place => `${String(place).split('/').filter(Boolean).at(-1)}.`);
  },
};

/** The hosts whose recordings are replayed through a driver. */
export const recordedHosts: readonly RecordedHost[] = [
  route53,
  namecheap,
  powerdns,
  dyn,
  ...cloudHosts,
  ...restHosts,
  ...moreHosts,
  ...rowHosts,
];

/** A request that holds a whole zone changes all RRsets that it leaves out, too. */
function everyRRset(rows: readonly Row[], before: Listing): readonly Written[] {
  const now = byRRset(rows);
  const gone = byRRset(before.rows).filter(
    ({ owner, type }) => !now.some(one => one.owner === owner && one.type === type),
  );
  return [...now, ...gone.map(set => ({ ...set, rows: [] }))];
}

function route53Rows(text: string): readonly Row[] {
  const common = {
    owner: textOf(text, 'Name'),
    type: textOf(text, 'Type'),
    ttl: Number(textOf(text, 'TTL')),
  };
  return textsOf(text, 'ResourceRecord').map(record => ({
    ...common,
    data: unescaped(textOf(record, 'Value')),
  }));
}

function namecheapRow(host: Readonly<Record<string, string | null | undefined>>, domain: string): Row {
  const { Name: label = '', Type: type = '', Address: address = '', TTL: ttl, MXPref: preference } = host;
  const owner = label === '@' ? `${domain}.` : `${label}.${domain}.`;
  const data = dataOfNamecheap(type ?? '', address ?? '', preference ?? '');
  return { owner, type: type ?? '', ttl: Number(ttl ?? 0), data };
}

function dataOfNamecheap(type: string, address: string, preference: string): string {
  if (type === 'TXT') return quotedText(address);
  return type === 'MX' ? `${preference} ${address}` : address;
}

function dynRow(record: unknown): Row {
  const rdata = memberAt(record, 'rdata');
  const order = [
    'nsdname',
    'address',
    'cname',
    'mname',
    'rname',
    'serial',
    'refresh',
    'retry',
    'expire',
    'minimum',
  ];
  // The mailbox of an SOA is written as an address of mail.
  const data = order.flatMap(key => textAt(rdata, key)?.replace('@', '.') ?? []).join(' ');
  return {
    owner: `${textAt(record, 'fqdn')}.`,
    type: textAt(record, 'record_type') ?? '',
    ttl: numberAt(record, 'ttl') ?? 0,
    data,
  };
}

/** What stands in each element of that name; elements of one name do not stand in one another here. */
function textsOf(text: string, name: string): readonly string[] {
  return [...text.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map(
    ([, inner = '']) => inner,
  );
}

const textOf = (text: string, name: string): string => textsOf(text, name)[0] ?? '';

function attributesOf(text: string): Readonly<Record<string, string>> {
  const found = [...text.matchAll(/([A-Za-z]+)="([^"]*)"/g)];
  return Object.fromEntries(found.map(([, key = '', value = '']) => [key, unescaped(value)]));
}

const entities: Readonly<Record<string, string>> = { quot: '"', amp: '&', lt: '<', gt: '>', apos: "'" };

function unescaped(text: string): string {
  return text.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name] ?? whole;
    return String.fromCodePoint(name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)));
  });
}
