import { describe, expect, it } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { BoundedMap } from '../../src/resolver/bounded.ts';
import { AnswerCache } from '../../src/resolver/cache.ts';
import { DelegationStore, glueFor, isServerAddress } from '../../src/resolver/delegations.ts';
import { defaultLimits } from '../../src/resolver/limits.ts';

const www = parseName('www.example.com');
const address = (ttl: number) => rrsetOf(www, 'A', ttl, '192.0.2.1');
const soa = (ttl: number, minimum: number) =>
  rrsetOf(parseName('example.com'), 'SOA', ttl, `ns.example.com. host.example.com. 1 2 3 4 ${minimum}`);

describe('AnswerCache', () => {
  it.each([
    [0, 300],
    [999, 299],
    [1000, 299],
    [299_001, 0],
    [299_999, 0],
    [300_000, null],
  ])('after %i ms a TTL of 300 is %s', (nowMs, ttl) => {
    const cache = new AnswerCache();
    cache.putAnswer(address(300), 0);
    const cached = cache.get(www, 'A', nowMs);
    expect(cached?.kind === 'answer' ? cached.rrset.ttl : null).toBe(ttl);
  });

  it.each([
    [soa(3600, 60), 60],
    [soa(30, 60), 30],
    [soa(999_999, 999_999), 3600],
    [null, 5],
  ])(
    'keeps a negative answer for min(TTL, MINIMUM) of its SOA, an hour at most, 5 s without',
    (proof, seconds) => {
      const cache = new AnswerCache();
      expect(cache.putNodata(www, 'A', proof, 0)).toBe(seconds);
      expect(cache.putNxdomain(parseName('gone.example.com'), proof, 0)).toBe(seconds);
      expect(cache.get(www, 'A', seconds * 1000 - 1)?.kind).toBe('nodata');
      expect(cache.get(www, 'A', seconds * 1000)).toBeNull();
      expect(cache.get(parseName('gone.example.com'), 'MX', seconds * 1000 - 1)?.kind).toBe('nxdomain');
    },
  );

  it('counts the SOA of a negative answer down', () => {
    const cache = new AnswerCache();
    cache.putNxdomain(www, soa(3600, 60), 0);
    const cached = cache.get(www, 'TXT', 20_000);
    expect(cached?.kind === 'nxdomain' ? cached.soa?.ttl : null).toBe(40);
  });

  it('holds NODATA for one type, NXDOMAIN for all, and neither for the names below', () => {
    const cache = new AnswerCache();
    cache.putNodata(www, 'A', soa(60, 60), 0);
    expect(cache.get(www, 'AAAA', 1)).toBeNull();
    cache.putNxdomain(www, soa(60, 60), 0);
    expect(cache.get(www, 'AAAA', 1)?.kind).toBe('nxdomain');
    expect(cache.get(parseName('below.www.example.com'), 'A', 1)).toBeNull();
  });

  it('lets go of an NXDOMAIN when the name has come to be', () => {
    const cache = new AnswerCache();
    cache.putNxdomain(www, soa(60, 60), 0);
    cache.putAnswer(address(300), 1);
    expect(cache.get(www, 'A', 2)?.kind).toBe('answer');
  });

  it('remembers nothing with TTL 0 and nothing for longer than a day', () => {
    const cache = new AnswerCache();
    cache.putAnswer(address(0), 0);
    expect(cache.get(www, 'A', 0)).toBeNull();
    cache.putAnswer(address(1_000_000), 0);
    expect(cache.get(www, 'A', 86_400_000 - 1)?.kind).toBe('answer');
    expect(cache.get(www, 'A', 86_400_000)).toBeNull();
  });

  it('remembers a failure for 5 s, then twice as long each time, 300 s at most', () => {
    const cache = new AnswerCache();
    const failure = { kind: 'failure', cause: 'unreachable', reason: 'r', zone: null } as const;
    let nowMs = 0;
    for (const seconds of [5, 10, 20, 40, 80, 160, 300, 300]) {
      cache.putFailure(www, 'A', failure, nowMs);
      expect(cache.get(www, 'A', nowMs + seconds * 1000 - 1)?.kind).toBe('failure');
      nowMs += seconds * 1000;
      expect(cache.get(www, 'A', nowMs)).toBeNull();
    }
  });

  it('forgets a name and what is below it', () => {
    const cache = new AnswerCache();
    cache.putAnswer(address(300), 0);
    cache.putAnswer(rrsetOf(parseName('example.com'), 'A', 300, '192.0.2.2'), 0);
    cache.forget(www);
    expect(cache.dump(0).map(entry => entry.name)).toEqual(['example.com.']);
  });
});

describe('BoundedMap', () => {
  it('lets the least recently used go', () => {
    const map = new BoundedMap<number>(30);
    for (const key of ['a', 'b', 'c']) {
      map.set(key, 1, 10);
    }
    map.get('a');
    map.set('d', 1, 10);
    expect(['a', 'b', 'c', 'd'].filter(key => map.get(key) !== undefined)).toEqual(['a', 'c', 'd']);
    expect(map.octets).toBe(30);
    expect(map.evicted).toBe(1);
    map.set('huge', 1, 31);
    expect(map.get('huge')).toBeUndefined();
  });
});

describe('DelegationStore', () => {
  const hints = { servers: [{ name: parseName('r.root'), addresses: ['192.0.2.1'] }] };
  const delegation = (cut: string, ttl: number) => ({
    cut: parseName(cut),
    ns: rrsetOf(parseName(cut), 'NS', ttl, 'ns.example.net.'),
    ds: null,
    glue: [],
  });

  it('knows the deepest zone at or above a name, until its TTL is over', () => {
    const store = new DelegationStore(hints);
    const com = store.learn(delegation('com', 100), store.root, 0);
    store.learn(delegation('example.com', 50), com, 0);
    expect(store.deepest(www, 49_999).apex).toBe('example.com.');
    expect(store.deepest(www, 50_000).apex).toBe('com.');
    expect(store.deepest(www, 100_000).apex).toBe('.');
    expect(store.path(www, 0).map(zone => zone.apex)).toEqual(['.', 'com.', 'example.com.']);
  });

  it('knows no zone longer than its parent', () => {
    const store = new DelegationStore(hints);
    const com = store.learn(delegation('com', 100), store.root, 0);
    store.learn(delegation('example.com', 86_400), com, 90_000);
    expect(store.deepest(www, 99_999).apex).toBe('example.com.');
    expect(store.deepest(www, 100_000).apex).toBe('.');
  });

  it('gives a zone with TTL 0 to who learns it, and to nobody else', () => {
    const store = new DelegationStore(hints);
    expect(store.learn(delegation('com', 0), store.root, 0).apex).toBe('com.');
    expect(store.deepest(www, 0).apex).toBe('.');
  });

  it('gives no address where nothing can listen', () => {
    for (const address of ['0.0.0.0', '::', '224.0.0.1', '255.255.255.255', 'ff02::1', 'nonsense']) {
      expect(isServerAddress(address)).toBe(false);
    }
    for (const address of ['127.0.0.1', '192.0.2.1', '::1', '10.1.2.3', '2001:db8::1']) {
      expect(isServerAddress(address)).toBe(true);
    }
    const name = parseName('ns.example.net');
    const glue = [rrsetOf(name, 'A', 60, '0.0.0.0', '192.0.2.9')];
    const store = new DelegationStore(hints, defaultLimits);
    const zone = store.learn({ ...delegation('com', 60), glue: glue.filter(isA) }, store.root, 0);
    expect(glueFor(zone, name)).toEqual(['192.0.2.9']);
  });
});

function isA(rrset: ReturnType<typeof rrsetOf>): rrset is ReturnType<typeof rrsetOf<'A'>> {
  return rrset.type === 'A';
}
