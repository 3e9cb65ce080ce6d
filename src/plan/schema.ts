import { z } from 'zod';

/*
 * The shape of a plan file, for programs: schemas/plan-v1.json is made of it, and `parsePlanFile` holds every file to it.
 * What the members mean stands at the types of plan.ts.
 */

const name = z
  .string()
  .regex(/\.$/)
  .describe('A domain name: absolute, lower case, as in a zone file (RFC 1035 section 5.1).');
const ttl = z.int().min(0).max(2_147_483_647).describe('Seconds (RFC 2181 section 8).');
const rdata = z.string().describe('The data of one record, as in a zone file with absolute names.');
const type = z
  .string()
  .regex(/^[A-Z0-9-]+$/)
  .describe('A record type, such as NS.');

const rrset = z
  .strictObject({ owner: name, type, ttl, data: z.array(rdata).min(1) })
  .meta({ id: 'RRset', description: 'All records of one owner and type.' });

const change = z.strictObject({ owner: name, type, from: rrset.nullable(), to: rrset.nullable() }).meta({
  id: 'Change',
  description: 'What must be there (`from`) and what shall be there (`to`); null for absent.',
});

const zone = z
  .strictObject({
    provider: z.string(),
    id: z.string(),
    apex: name,
    nameServers: z.array(name),
    reference: z.string().nullable(),
  })
  .meta({ id: 'Zone', description: 'A zone in an account of a DNS host.' });

const zoneSource = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('known'), zone }),
    z.strictObject({ kind: z.literal('created'), step: z.string() }),
  ])
  .meta({ id: 'ZoneSource', description: 'A zone that is there, or the one that a step makes.' });

const plainNsSource = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('known'), servers: z.array(name) }),
  z.strictObject({ kind: z.literal('of-zone'), step: z.string() }),
]);

const nsSource = z
  .union([plainNsSource, z.strictObject({ kind: z.literal('union'), of: z.array(plainNsSource) })])
  .meta({
    id: 'NsSource',
    description: 'Name servers: given, those of a zone that a step makes, or of both.',
  });

const nsSet = z
  .strictObject({ ttl, ns: nsSource })
  .meta({ id: 'NsSet', description: 'An NS RRset of the cut.' });

const dsSource = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('known'), data: z.array(rdata) }),
    z.strictObject({ kind: z.literal('of-keys'), step: z.string() }),
  ])
  .meta({ id: 'DsSource', description: 'DS data: given, or of the keys that a step proved.' });

const dsSet = z
  .strictObject({ ttl, ds: dsSource })
  .meta({ id: 'DsSet', description: 'A DS RRset of the cut.' });

const bound = z
  .strictObject({ seconds: z.int().min(0), holds: z.string(), reason: z.string() })
  .meta({ id: 'Bound', description: 'How long caches can hold what, and why.' });

const side = z.enum(['parent', 'child', 'old']);
const names = z.array(z.strictObject({ owner: name, type }));

const action = z
  .discriminatedUnion('do', [
    z.strictObject({ do: z.literal('create-zone'), apex: name, reference: z.string(), seed: z.array(rrset) }),
    z.strictObject({
      do: z.literal('zone-by-hand'),
      apex: name,
      where: z.string(),
      instructions: z.array(z.string()),
      foreign: z.array(name),
    }),
    z.strictObject({
      do: z.literal('change-rrsets'),
      purpose: z.enum(['copy', 'carry-back', 'remove-hidden', 'restore']),
      side,
      zone: zoneSource,
      changes: z.array(change),
    }),
    z.strictObject({
      do: z.literal('prove-child'),
      cut: name,
      zone: zoneSource.nullable(),
      ns: nsSource,
      records: z.enum(['copied', 'all', 'none']),
    }),
    z.strictObject({
      do: z.literal('change-apex-ns'),
      side,
      cut: name,
      zone: zoneSource,
      from: rrset.nullable(),
      ttl,
      ns: nsSource,
    }),
    z.strictObject({
      do: z.literal('follow-edits'),
      cut: name,
      old: zone,
      zone: zoneSource,
      records: z.array(rrset),
    }),
    z.strictObject({
      do: z.literal('change-delegation'),
      zone,
      cut: name,
      from: z.union([rrset, nsSet]).nullable(),
      to: nsSet.nullable(),
      ds: dsSet.optional(),
      beside: z.array(change),
    }),
    z.strictObject({ do: z.literal('prove-parent'), cut: name, zone, ns: nsSource.nullable() }),
    z.strictObject({ do: z.literal('prove-records'), cut: name, zone, steps: z.array(z.string()) }),
    z.strictObject({ do: z.literal('wait-out'), bounds: z.array(bound) }),
    z.strictObject({ do: z.literal('prove-resolvers'), cut: name, ns: nsSource.nullable() }),
    z.strictObject({
      do: z.literal('delete-zone'),
      side,
      zone,
      digest: z.string(),
      records: z.array(rrset),
    }),
    z.strictObject({ do: z.literal('sign-zone'), zone: zoneSource }),
    z.strictObject({ do: z.literal('prove-signed'), cut: name, zone: zoneSource.nullable(), ns: nsSource }),
    z.strictObject({
      do: z.literal('change-ds'),
      zone,
      cut: name,
      from: rrset.nullable(),
      to: dsSet.nullable(),
    }),
    z.strictObject({ do: z.literal('prove-ds'), cut: name, zone, ds: dsSource.nullable() }),
    z.strictObject({ do: z.literal('prove-chain'), cut: name, expected: z.enum(['secure', 'insecure']) }),
    z.strictObject({ do: z.literal('unsign-zone'), side, zone, digest: z.string() }),
    z.strictObject({ do: z.enum(['protect', 'unprotect']), zone, rrsets: names }),
    z.strictObject({
      do: z.literal('manual'),
      where: z.string(),
      instructions: z.array(z.string()),
      ttl,
      goal: z.strictObject({ cut: name, zone: name, ds: dsSource.nullable() }),
    }),
  ])
  .meta({ id: 'Action', description: 'One thing to do.' });

const party = z.strictObject({ id: z.string(), label: z.string() });

const plan = z
  .strictObject({
    schema: z.literal('zonecut/plan/v1'),
    madeBy: z.string(),
    madeAt: z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC.' }),
    run: z.string().regex(/^[a-z0-9]{8}$/),
    intent: z.strictObject({
      kind: z.enum(['delegate', 'undelegate', 'move', 'adopt', 'unsign', 'mend']),
      cut: name,
      undoes: z.string().nullable(),
    }),
    parties: z.strictObject({ parent: party, child: party.nullable(), old: party.nullable() }),
    observed: z.strictObject({
      parentZone: zone,
      parentDigest: z.string(),
      parentKept: z.int(),
      childZone: zone.nullable(),
      childDigest: z.string().nullable(),
      oldZone: zone.nullable(),
      oldDigest: z.string().nullable(),
      occluded: z.array(rrset),
    }),
    remarks: z.array(z.strictObject({ severity: z.enum(['note', 'warning']), text: z.string() })),
    steps: z.array(z.strictObject({ id: z.string(), title: z.string(), why: z.string(), action })),
  })
  .meta({ id: 'Plan', description: 'What zonecut will do, as data.' });

const planFile = z
  .strictObject({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/), plan })
  .describe('A plan file of zonecut: a plan, and the digest that shows an edit.');

/** The first thing in `value` that does not fit the shape of a plan file, as a place and a sentence; null when all fits. */
export function misfitOf(value: unknown): string | null {
  const parsed = planFile.safeParse(value);
  const [first] = parsed.success ? [] : parsed.error.issues;
  return first === undefined ? null : `${first.path.join('.') || 'the file'}: ${first.message}`;
}

/** The shape of a plan file as a JSON Schema (draft 2020-12). */
export function planJsonSchema(): object {
  return {
    ...z.toJSONSchema(planFile, { target: 'draft-2020-12' }),
  };
}
