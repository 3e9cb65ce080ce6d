import { nsIn } from '../../survey/observation.ts';
import type { Check } from './finding.ts';
import { hit, remedy } from './parts.ts';
import { decidingParents, workingChildren } from './said.ts';

/** Seconds between which the TTL of NS records is usual. */
const lowest = 300;
const highest = 172_800;

/** NS records that may be kept for very long, or hardly at all. */
export const nsTtlExtreme: Check = {
  id: 'ns-ttl-extreme',
  rule: 'RFC 1912 section 2.2',
  find: facts => {
    const { cut } = facts;
    const sides = [
      {
        where: 'at the parent',
        seen: decidingParents(facts).find(({ word }) => word === 'referral')?.parent.ns,
      },
      {
        where: `at ${cut} itself`,
        seen: workingChildren(facts).find(({ ns }) => nsIn(ns, cut) !== null)?.ns,
      },
    ];
    return sides.flatMap(({ where, seen }) => {
      const ttl = seen === undefined ? null : (nsIn(seen, cut)?.ttl ?? null);
      if (seen === undefined || ttl === null || (ttl >= lowest && ttl <= highest)) {
        return [];
      }
      return [
        hit(
          `the NS records of ${cut} have a TTL of ${ttl} s ${where}, ${lowest} to ${highest} are usual`,
          remedy(
            ttl > highest
              ? `before a move, lower it to 3600, and wait ${ttl} s`
              : 'every resolver asks for them again all the time: raise it to 3600 or more',
          ),
          { seen: [seen], variant: ttl > highest ? 'long' : 'short' },
        ),
      ];
    });
  },
};
