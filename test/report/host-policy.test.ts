import { describe, expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { drivers } from '../../src/providers/registry.ts';
import { hostPolicy, type PolicyRequest } from '../../src/report/host-policy.ts';

const request: PolicyRequest = {
  side: 'parent',
  cut: parseName('staging.example.com.'),
  zone: { id: 'Z0123', apex: parseName('example.com.') },
  glue: false,
};

describe('the least that credentials must be allowed', () => {
  it('is said of every host, on both sides', () => {
    for (const { id } of drivers) {
      for (const side of ['parent', 'child'] as const) {
        expect(hostPolicy(id, { ...request, side }).steps.join(' '), id).not.toBe('');
      }
    }
  });

  it('at Route 53 is NS and DS at one name of one zone', () => {
    const { document } = hostPolicy('route53', request);
    expect(document).toMatchObject({ Version: '2012-10-17' });
    const text = JSON.stringify(document);
    expect(text.match(/arn:aws:route53:::[^"]+/g)).toEqual(
      Array(2).fill('arn:aws:route53:::hostedzone/Z0123'),
    );
    expect(document).toHaveProperty('Statement.2.Condition', {
      'ForAllValues:StringEquals': {
        'route53:ChangeResourceRecordSetsRecordTypes': ['NS', 'DS'],
        'route53:ChangeResourceRecordSetsActions': ['CREATE', 'DELETE'],
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': ['staging.example.com'],
      },
      Null: { 'route53:ChangeResourceRecordSetsNormalizedRecordNames': 'false' },
    });
  });

  it('spells odd octets as the condition keys of Route 53 do', () => {
    const odd = { ...request, cut: parseName('a\\046b\\200.*x.example.com.') };
    expect(JSON.stringify(hostPolicy('route53', odd).document)).toContain(
      JSON.stringify('a\\056b\\310.\\052x.example.com').slice(1, -1),
    );
  });

  it('holds glue in the same statement, since a batch is judged as a whole', () => {
    const { document } = hostPolicy('route53', { ...request, glue: true });
    expect(document).toHaveProperty('Statement.2.Condition.ForAllValues:StringLike', {
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': [
        'staging.example.com',
        '*.staging.example.com',
      ],
    });
    expect(document).toHaveProperty(
      [
        'Statement',
        2,
        'Condition',
        'ForAllValues:StringEquals',
        'route53:ChangeResourceRecordSetsRecordTypes',
      ],
      ['NS', 'DS', 'A', 'AAAA'],
    );
  });
});
