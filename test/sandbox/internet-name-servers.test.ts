import { expect, test } from 'vitest';
import { makeQuery } from '../../src/dns/message.ts';
import { type Name, parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { makeZone, type Zone } from '../../src/dns/zone.ts';
import { createNameServers, type NameServerFleet } from '../../src/sandbox/name-servers.ts';
import { manualClock } from './manual-clock.ts';

const one = parseName('ns1.test');
const two = parseName('ns2.test');
const apex = parseName('child.test');

function zone(serial: number, at: Name = apex): Zone {
  return makeZone(at, [
    rrsetOf(at, 'SOA', 60, `ns1.test. host.test. ${serial} 1 1 1 1`),
    rrsetOf(at, 'NS', 60, one, two),
  ]);
}

/** The serial that a server gives for the zone, or its RCODE, or null for silence. */
function serial(fleet: NameServerFleet, server: Name): string | null {
  const response = fleet.answer(server, makeQuery(apex, 'SOA'));
  return response?.answer[0]?.data.split(' ')[2] ?? response?.rcode ?? null;
}

test('without a delay a publication is visible at once, and a withdrawal too', () => {
  const fleet = createNameServers(manualClock(), [one, two], 0);
  expect(serial(fleet, one)).toBe('REFUSED');
  fleet.publish('k', zone(1), [one]);
  expect([serial(fleet, one), serial(fleet, two)]).toEqual(['1', 'REFUSED']);
  fleet.publish('k', zone(2), [two]);
  expect([serial(fleet, one), serial(fleet, two)]).toEqual(['REFUSED', '2']);
  fleet.withdraw('k');
  fleet.withdraw('never');
  expect([serial(fleet, one), serial(fleet, two)]).toEqual(['REFUSED', 'REFUSED']);
});

test('a publication becomes visible after the delay, at a lagging server later', async () => {
  const clock = manualClock();
  const fleet = createNameServers(clock, [one, two], 100);
  fleet.setLag(two, 50);
  fleet.publish('k', zone(1), [one, two]);
  let settled = false;
  const settling = fleet.settled().then(() => {
    settled = true;
  });
  await clock.pass(99);
  expect([serial(fleet, one), serial(fleet, two)]).toEqual(['REFUSED', 'REFUSED']);
  await clock.pass(1);
  expect([serial(fleet, one), serial(fleet, two), settled]).toEqual(['1', 'REFUSED', false]);
  await clock.pass(50);
  await settling;
  expect([serial(fleet, one), serial(fleet, two)]).toEqual(['1', '1']);
});

test('what was published later wins, even when the delay has become shorter meanwhile', async () => {
  const clock = manualClock();
  const fleet = createNameServers(clock, [one], 100);
  fleet.publish('k', zone(1), [one]);
  fleet.setVisibilityDelay(10);
  fleet.publish('k', zone(2), [one]);
  await clock.pass(10);
  expect(serial(fleet, one)).toBe('2');
  await clock.pass(200);
  expect(serial(fleet, one)).toBe('2');
});

test('of two keys with one apex the later is served, and the other again when that goes', () => {
  const fleet = createNameServers(manualClock(), [one], 0);
  fleet.publish('a', zone(1), [one]);
  fleet.publish('b', zone(2), [one]);
  expect(serial(fleet, one)).toBe('2');
  fleet.withdraw('b');
  expect(serial(fleet, one)).toBe('1');
});

test('a server can be silent, refuse and fail, and answer again', () => {
  const fleet = createNameServers(manualClock(), [one], 0);
  fleet.publish('k', zone(1), [one]);
  const seen = (['silent', 'refuse', 'fail', 'answer'] as const).map(conduct => {
    fleet.setConduct(one, conduct);
    return serial(fleet, one);
  });
  expect(seen).toEqual([null, 'REFUSED', 'SERVFAIL', '1']);
});

test('closing gives up what is not visible yet', async () => {
  const fleet = createNameServers(manualClock(), [one], 100);
  fleet.publish('k', zone(1), [one]);
  fleet.close();
  await fleet.settled();
  expect(serial(fleet, one)).toBe('REFUSED');
});

test('a server that is not there is a mistake of the caller', () => {
  const fleet = createNameServers(manualClock(), [one], 0);
  expect(() => fleet.publish('k', zone(1), [two])).toThrow(/no name server ns2\.test\./);
});
