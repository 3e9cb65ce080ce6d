import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { type RRset, rrsetOf } from '../../src/dns/rrset.ts';
import { planDelegate } from '../../src/plan/delegate.ts';
import type { DelegateOptions } from '../../src/plan/delegate-options.ts';
import { checkRails } from '../../src/plan/rails.ts';
import { cut, optionsWith, snapshotOf, surveyWith, zoneAt } from './surveys.ts';

const ns1 = parseName('ns1.staging.example.com');
const zone = zoneAt('route53', 'ZA', cut, [ns1, 'ns2.elsewhere.net.']);
const a = rrsetOf(ns1, 'A', 300, '192.0.2.53');
const aaaa = rrsetOf(ns1, 'AAAA', 300, '2001:db8::53');

function planOf(parent: readonly RRset[], child: readonly RRset[], options: Partial<DelegateOptions> = {}) {
  const survey = surveyWith(parent, { child: { zones: [zone], snapshots: [snapshotOf(zone, ...child)] } });
  const plan = planDelegate(survey, optionsWith(options));
  checkRails(plan);
  return plan;
}

function besideOf(parent: readonly RRset[], child: readonly RRset[]): readonly string[] {
  return planOf(parent, child).steps.flatMap(({ action }) =>
    action.do === 'change-delegation'
      ? action.beside.map(({ owner, type, from, to }) =>
          [owner, type, from?.data.join(' ') ?? '-', to?.data.join(' ') ?? '-', to?.ttl].join(' '),
        )
      : [],
  );
}

describe('the glue of a name server in what is delegated', () => {
  const rows: readonly [string, readonly RRset[], readonly RRset[], readonly string[]][] = [
    [
      'is what the child says, of both families',
      [],
      [a, aaaa],
      ['ns1.staging.example.com. A - 192.0.2.53 300', 'ns1.staging.example.com. AAAA - 2001:db8::53 300'],
    ],
    ['is left when the parent has it', [a], [a], []],
    ['is left when only the TTL differs', [{ ...a, ttl: 1800 }], [a], []],
    [
      'takes the place of another address',
      [rrsetOf(ns1, 'A', 1800, '192.0.2.1')],
      [a],
      ['ns1.staging.example.com. A 192.0.2.1 192.0.2.53 300'],
    ],
    [
      'keeps within the TTLs of the parent',
      [],
      [{ ...a, ttl: 1 }],
      ['ns1.staging.example.com. A - 192.0.2.53 60'],
    ],
    ['is what the parent has, which is copied into the child', [a], [], []],
  ];
  test.each(rows)('%s', (_what, parent, child, beside) => {
    expect(besideOf(parent, child)).toEqual(beside);
  });

  test('is neither hidden nor removed', () => {
    const www = rrsetOf(`www.${cut}`, 'A', 300, '192.0.2.9');
    const plan = planOf([a, www], [a], { hiddenRows: 'remove' });
    expect(plan.observed.occluded).toEqual([www]);
    expect(plan.steps.at(-1)?.action).toMatchObject({
      do: 'change-rrsets',
      purpose: 'remove-hidden',
      changes: [{ owner: www.owner, type: 'A', from: www, to: null }],
    });
  });

  const refusals: readonly [string, () => unknown, RegExp][] = [
    ['when nobody knows it', () => planOf([], []), /no address for it \(RFC 9471 section 2\.1\)/],
    [
      'when the parent cannot hold it',
      () => {
        const { parent } = optionsWith();
        return planOf([], [a], {
          parent: { ...parent, capabilities: { ...parent.capabilities, writesGlue: false } },
        });
      },
      /holds no addresses below a cut/,
    ],
  ];
  test.each(refusals)('refuses the plan %s', (_when, plan, says) => {
    expect(plan).toThrow(says);
  });
});
