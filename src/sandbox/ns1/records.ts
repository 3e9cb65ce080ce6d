import { isAtOrBelow, type Name, parseName } from '../../dns/name.ts';
import { parseRdata } from '../../dns/rdata.ts';
import type { Rdata } from '../../dns/rrset.ts';
import { octetsOfText, quotedString, tokensOf } from '../../dns/text.ts';
import { isZonecutError, messageOf } from '../../error.ts';
import { type Fields, isFields, jsonResponse, RestRefusal } from '../rest/json.ts';
import type { KeptSet, KeptZone } from '../rest/zones.ts';

const types: ReadonlySet<string> = new Set(
  'A AAAA AFSDB ALIAS CAA CERT CNAME DNAME DS HINFO HTTPS MX NAPTR NS PTR RP SPF SRV SSHFP SVCB TLSA TXT URLFWD'.split(
    ' ',
  ),
);

/** Words that stand in quotes in a zone file. */
const quotedWords: Readonly<Record<string, readonly number[]>> = { CAA: [2], NAPTR: [2, 3, 4] };

const maxTtl = 2_147_483_647;

/** An error as the API says it. */
export function problem(status: number, message: string): RestRefusal {
  return new RestRefusal(jsonResponse(status, { message }));
}

/** A record in the list of a zone. */
export function listed({ owner, type, ttl, data }: KeptSet, id: string): Fields {
  return {
    domain: owner.slice(0, -1),
    short_answers: data.map(one => shortAnswer(type, one)),
    link: null,
    ttl,
    tier: 1,
    type,
    id,
  };
}

/** The words of an answer in one line: without quotes, names without their final dot. */
function shortAnswer(type: string, data: Rdata): string {
  const words = tokensOf(data).map(({ text }) => new TextDecoder().decode(octetsOfText(text)));
  if (type === 'TXT' || type === 'SPF') return words.join('');
  if (type === 'SVCB' || type === 'HTTPS') return data;
  return words.map(word => word.replace(/(?<=.)\.$/, '')).join(' ');
}

/** The RRset that a request holds. Throws RestRefusal. */
export function setFrom(zone: KeptZone, domain: string, type: string, body: unknown): KeptSet {
  if (!isFields(body)) throw problem(400, 'Input validation failed (no JSON object)');
  const { ttl = 3600, answers } = body;
  if (body['zone'] !== zone.apex.slice(0, -1) || body['domain'] !== domain || body['type'] !== type) {
    throw problem(400, 'Input validation failed (zone, domain and type must be those of the address)');
  }
  if (!types.has(type)) throw problem(400, `invalid record type: ${type}`);
  if (typeof ttl !== 'number' || !Number.isInteger(ttl) || ttl < 0 || ttl > maxTtl) {
    throw problem(400, "Input validation failed (Value for field '<obj>.ttl' is out of range)");
  }
  if (!Array.isArray(answers) || answers.length === 0) {
    throw problem(400, "Input validation failed (Value for field '<obj>.answers' is required)");
  }
  const owner = ownerOf(zone, domain);
  const data = answers.map((item: unknown) => dataOf(type, item));
  if (new Set(data).size < data.length) throw problem(400, 'duplicate answers');
  if (type === 'CNAME' && data.length > 1) throw problem(400, 'CNAME records may have one answer');
  const others = [...zone.sets.values()].filter(set => set.owner === owner && set.type !== type);
  const clash = type === 'CNAME' ? others.length > 0 : others.some(set => set.type === 'CNAME');
  if (clash) throw problem(400, 'record conflicts with a CNAME record of the same domain');
  return { owner, type, ttl, data };
}

/** The name of a record. Throws RestRefusal. */
export function ownerOf(zone: KeptZone, domain: string): Name {
  if (!/^([*][.])?([A-Za-z0-9_-]{1,63}[.])*[A-Za-z0-9_-]{1,63}$/.test(domain)) {
    throw problem(400, `invalid domain: ${domain}`);
  }
  const owner = parseName(domain);
  if (!isAtOrBelow(owner, zone.apex)) throw problem(400, 'domain does not belong to the zone');
  return owner;
}

function dataOf(type: string, item: unknown): Rdata {
  const words = isFields(item) ? item['answer'] : undefined;
  if (!Array.isArray(words) || !words.every(word => typeof word === 'string' || typeof word === 'number')) {
    throw problem(400, "Input validation failed (Value for field '<obj>.answers' is not valid)");
  }
  const texts = words.map(String);
  try {
    return parseRdata(type, presentation(type, texts));
  } catch (error) {
    if (isZonecutError(error)) throw problem(400, `invalid answer: ${messageOf(error)}`);
    throw error;
  }
}

function presentation(type: string, words: readonly string[]): string {
  if (type === 'TXT' || type === 'SPF') {
    const octets = new TextEncoder().encode(words.join(''));
    const parts: string[] = [];
    for (let at = 0; at < octets.length || at === 0; at += 255) {
      parts.push(quotedString(octets.subarray(at, at + 255)));
    }
    return parts.join(' ');
  }
  const places = quotedWords[type] ?? [];
  return words
    .map((word, at) => (places.includes(at) ? quotedString(new TextEncoder().encode(word)) : word))
    .join(' ');
}
