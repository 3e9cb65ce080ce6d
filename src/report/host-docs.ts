import type { Driver } from '../providers/driver.ts';
import type { Capabilities } from '../providers/provider.ts';

/** The lines between which `docs/hosts.md` and `README.md` hold the table of hosts. */
export const matrixMarks = {
  begin: '<!-- the table of hosts, by `npm run docs` -->',
  end: '<!-- the end of the table -->',
} as const;

/** What the table of hosts says of each, in the order of its columns. */
const columns: readonly (readonly [title: string, says: (host: Capabilities) => boolean])[] = [
  ['delegates', host => host.delegates],
  ['DS', host => host.writesDs],
  ['glue', host => host.writesGlue],
  ['apex NS', host => host.writesApexNs],
  ['creates zones', host => host.createsZones],
  ['signs', host => host.signs],
  ['all or nothing', host => host.atomicBatches],
  ['compares itself', host => host.compareAndSet],
];

/** What the table of hosts says, as cells; its first row is the head. */
export function hostColumns(
  drivers: readonly Driver[],
  called: (driver: Driver) => string,
): readonly (readonly string[])[] {
  const head = ['host', ...columns.map(([title]) => title)];
  const rows = drivers.map(driver => [
    called(driver),
    ...columns.map(([, says]) => yesNo(says(driver.capabilities))),
  ]);
  return [head, ...rows];
}

/** The table of all hosts, as Markdown; `folder` leads to the pages of the hosts. */
export function hostMatrix(drivers: readonly Driver[], folder: string): string {
  const [head = [], ...rows] = hostColumns(drivers, ({ id, title }) => `[${title}](${folder}/${id}.md)`);
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}

/** `text` with the table of hosts between its marks. */
export function withMatrix(text: string, drivers: readonly Driver[], folder: string): string {
  const begin = text.indexOf(matrixMarks.begin);
  const end = text.indexOf(matrixMarks.end);
  return begin < 0 || end < begin
    ? text
    : `${text.slice(0, begin + matrixMarks.begin.length)}\n${hostMatrix(drivers, folder)}\n${text.slice(end)}`;
}

/** All that a host can do, as words and their values. */
export function capabilityFacts(host: Capabilities): readonly (readonly [fact: string, value: string])[] {
  return [
    ['NS at a name below the apex', yesNo(host.delegates)],
    ['DS at a name below the apex', yesNo(host.writesDs)],
    ['addresses below a cut (glue)', yesNo(host.writesGlue)],
    [
      'the NS RRset of the apex',
      `${yesNo(host.writesApexNs)}${host.showsApex ? '' : ', and it is not shown'}`,
    ],
    ['creates and deletes zones', yesNo(host.createsZones)],
    ['a new zone appears with its records', yesNo(host.seedsAtomically)],
    ['signs zones', yesNo(host.signs)],
    ['publishes keys of another signer', yesNo(host.addsForeignKeys)],
    ['locks records', yesNo(host.protects)],
    ['changes of one step happen together', yesNo(host.atomicBatches)],
    ['the host itself refuses what is stale', yesNo(host.compareAndSet)],
    ['a write sends the whole zone', yesNo(host.writesWholeZone)],
    ['several zones of one name', yesNo(host.allowsSameApex)],
    ['a child can be on the servers of its parent', yesNo(host.sharesServers)],
    [
      'TTL',
      `${host.ttls?.join(', ') ?? `${host.minTtl} to ${host.maxTtl}`} s; ${host.defaultNsTtl} s for NS unless --ttl says otherwise`,
    ],
    ['records of one zone', host.maxRecords === null ? 'no known limit' : `${host.maxRecords} at most`],
    ['a change is on all servers within', `${host.visibleWithinMs / 1000} s, commonly`],
    ['types that are written', host.types.join(' ')],
  ];
}

/** The page of one host, as Markdown. */
export function hostPage({ id, title, aliases, settingsUrl, environment, capabilities }: Driver): string {
  const host = capabilities;
  const facts = capabilityFacts(host);
  const byHand =
    host.zoneByHand.length === 0
      ? []
      : [
          '## A zone by hand',
          '',
          '```',
          ...host.zoneByHand,
          '```',
          '',
          '`ZONE` is the name of the zone.',
          '',
        ];
  return [
    `# ${title}`,
    '',
    `\`--parent ${id}\` or \`--child ${id}\`; also ${aliases.map(alias => `\`${alias}\``).join(', ')}. Credentials are made at <${settingsUrl}>.`,
    '',
    '| variable | |',
    '|---|---|',
    ...environment.map(({ name, text, secret }) => `| \`${name}\` | ${text}${secret ? ' (secret)' : ''} |`),
    '',
    '| what it can do | |',
    '|---|---|',
    ...facts.map(([fact, value]) => `| ${fact} | ${value} |`),
    '',
    ...[...host.notes, ...host.cautions].map(note => `- ${note}`),
    '',
    ...byHand,
    'This page is made of the capabilities of the driver by `npm run docs`.',
    '',
  ].join('\n');
}

function yesNo(says: boolean): string {
  return says ? 'yes' : 'no';
}
