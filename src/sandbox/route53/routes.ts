import type { Account } from './account.ts';
import {
  createDelegationSet,
  deleteDelegationSet,
  getDelegationSet,
  listDelegationSets,
} from './delegation-sets.ts';
import { listHostedZones, listHostedZonesByName, listResourceRecordSets } from './lists.ts';
import {
  type Created,
  changeResourceRecordSets,
  createHostedZone,
  deleteHostedZone,
  getChange,
  getHostedZone,
  updateHostedZoneComment,
  zoneOfId,
} from './operations.ts';
import { changeProtections, listProtections } from './protections.ts';
import {
  activateKey,
  createKeySigningKey,
  deactivateKey,
  deleteKeySigningKey,
  disableDnssec,
  enableDnssec,
  getDnssec,
} from './signing.ts';
import { changeTags, listTags } from './tags.ts';
import { documentOf, leaf } from './xml.ts';

/** What an operation works on. */
export interface Job {
  readonly account: Account;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly maxZones: number;
  /** Milliseconds. */
  readonly processingMs: number;
}

/** An operation's answer. */
export interface Done {
  readonly status: number;
  readonly body: string;
  /** Null for none. */
  readonly location: string | null;
}

/** The operation that a request asks for. */
export interface Route {
  readonly operation: string;
  /** As access policies name it. */
  readonly resource: string;
  perform(job: Job): Done | Promise<Done>;
}

interface Pattern {
  readonly operation: string;
  readonly method: string;
  /** With one group for each identifier. */
  readonly path: RegExp;
  perform(job: Job, ids: readonly [string, string]): string | Created | Promise<string>;
}

const base = '^/2013-04-01';
const id = '([A-Za-z0-9]{1,32})';
const keyPath = `/keysigningkey/${id}/([A-Za-z0-9_]{3,128})`;

const patterns: readonly Pattern[] = [
  pattern('CreateHostedZone', 'POST', '/hostedzone', ({ account, body, maxZones }) =>
    createHostedZone(account, body, maxZones),
  ),
  pattern('ListHostedZones', 'GET', '/hostedzone', ({ account, query }) => listHostedZones(account, query)),
  pattern('ListHostedZonesByName', 'GET', '/hostedzonesbyname', ({ account, query }) =>
    listHostedZonesByName(account, query),
  ),
  pattern('GetHostedZoneCount', 'GET', '/hostedzonecount', ({ account }) =>
    documentOf('GetHostedZoneCountResponse', leaf('HostedZoneCount', account.zones.size)),
  ),
  pattern('GetHostedZone', 'GET', `/hostedzone/${id}`, ({ account }, [zone]) => getHostedZone(account, zone)),
  pattern('UpdateHostedZoneComment', 'POST', `/hostedzone/${id}`, ({ account, body }, [zone]) =>
    updateHostedZoneComment(account, zone, body),
  ),
  pattern('DeleteHostedZone', 'DELETE', `/hostedzone/${id}`, ({ account }, [zone]) =>
    deleteHostedZone(account, zone),
  ),
  pattern('ListResourceRecordSets', 'GET', `/hostedzone/${id}/rrset`, ({ account, query }, [zone]) =>
    listResourceRecordSets(zoneOfId(account, zone), query),
  ),
  pattern('ChangeResourceRecordSets', 'POST', `/hostedzone/${id}/rrset`, (job, [zone]) =>
    changeResourceRecordSets(job.account, zone, job.body, job.processingMs),
  ),
  pattern('GetDNSSEC', 'GET', `/hostedzone/${id}/dnssec`, ({ account }, [zone]) => getDnssec(account, zone)),
  pattern('CreateKeySigningKey', 'POST', '/keysigningkey', ({ account, body }) =>
    createKeySigningKey(account, body),
  ),
  pattern('ActivateKeySigningKey', 'POST', `${keyPath}/activate`, ({ account }, [zone, name]) =>
    activateKey(account, zone, name),
  ),
  pattern('DeactivateKeySigningKey', 'POST', `${keyPath}/deactivate`, ({ account }, [zone, name]) =>
    deactivateKey(account, zone, name),
  ),
  pattern('DeleteKeySigningKey', 'DELETE', keyPath, ({ account }, [zone, name]) =>
    deleteKeySigningKey(account, zone, name),
  ),
  pattern('EnableHostedZoneDNSSEC', 'POST', `/hostedzone/${id}/enable-dnssec`, ({ account }, [zone]) =>
    enableDnssec(account, zone),
  ),
  pattern('DisableHostedZoneDNSSEC', 'POST', `/hostedzone/${id}/disable-dnssec`, ({ account }, [zone]) =>
    disableDnssec(account, zone),
  ),
  pattern(
    'CreateResourceRecordSetProtections',
    'POST',
    `/hostedzone/${id}/rrsetprotection`,
    ({ account, body }, [zone]) => changeProtections(account, zone, 'Create', body),
  ),
  pattern(
    'DeleteResourceRecordSetProtections',
    'POST',
    `/hostedzone/${id}/rrsetprotection/delete`,
    ({ account, body }, [zone]) => changeProtections(account, zone, 'Delete', body),
  ),
  pattern(
    'ListResourceRecordSetProtections',
    'GET',
    `/hostedzone/${id}/rrsetprotection`,
    ({ account, query }, [zone]) => listProtections(account, zone, query),
  ),
  pattern('GetChange', 'GET', `/change/${id}`, ({ account }, [change]) => getChange(account, change)),
  pattern('ListTagsForResource', 'GET', `/tags/([a-z]+)/${id}`, ({ account }, [kind, zone]) =>
    listTags(account, kind, zone),
  ),
  pattern('ChangeTagsForResource', 'POST', `/tags/([a-z]+)/${id}`, ({ account, body }, [kind, zone]) =>
    changeTags(account, kind, zone, body),
  ),
  pattern('CreateReusableDelegationSet', 'POST', '/delegationset', ({ account, body }) =>
    createDelegationSet(account, body),
  ),
  pattern('ListReusableDelegationSets', 'GET', '/delegationset', ({ account }) =>
    listDelegationSets(account),
  ),
  pattern('GetReusableDelegationSet', 'GET', `/delegationset/${id}`, ({ account }, [set]) =>
    getDelegationSet(account, set),
  ),
  pattern('DeleteReusableDelegationSet', 'DELETE', `/delegationset/${id}`, ({ account }, [set]) =>
    deleteDelegationSet(account, set),
  ),
];

function pattern(operation: string, method: string, path: string, perform: Pattern['perform']): Pattern {
  return { operation, method, path: new RegExp(`${base}${path}/?$`), perform };
}

/** The operation of a method and path; null when the API has none there. */
export function routeOf(method: string, path: string): Route | null {
  for (const candidate of patterns) {
    const match = candidate.method === method ? candidate.path.exec(path) : null;
    if (match !== null) {
      const ids: readonly [string, string] = [match[1] ?? '', match[2] ?? ''];
      return {
        operation: candidate.operation,
        resource: ids[0] === '' ? '*' : `arn:aws:route53:::${resourceOf(candidate.operation)}/${ids[0]}`,
        perform: async job => doneOf(await candidate.perform(job, ids)),
      };
    }
  }
  return null;
}

function resourceOf(operation: string): string {
  return operation === 'GetChange' ? 'change' : 'hostedzone';
}

function doneOf(result: string | Created): Done {
  return typeof result === 'string'
    ? { status: 200, body: result, location: null }
    : { status: 201, body: result.body, location: result.location };
}
