import { isAtOrBelow } from '../../dns/name.ts';
import type { CutFacts, DomainFacts } from '../../survey/facts.ts';
import type { Check, Hit } from './finding.ts';
import { hit, listText, remedy } from './parts.ts';
import { allNames } from './sets.ts';

/** Days before its end from which a domain is told of. */
const nearDays = 30;
const dayMs = 86_400_000;

/** A domain on which name servers depend ends soon, or has ended. Only where RDAP data was given. */
export const nsDomainExpiring: Check = {
  id: 'ns-domain-expiring',
  rule: 'RFC 9083 section 4.5 (events), RFC 8056',
  find: facts => (facts.beside?.domains ?? []).flatMap(domain => hitsOf(facts, domain)),
};

function hitsOf(facts: CutFacts, { domain, expiresAt, asOf, status }: DomainFacts): readonly Hit[] {
  const names = allNames(facts).filter(name => isAtOrBelow(name, domain));
  if (names.length === 0) {
    return [];
  }
  const leftMs = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt) - facts.takenAtMs;
  const lapse = status.find(word => /^(redemption period|pending delete)$/i.test(word));
  const day = expiresAt?.slice(0, 10) ?? null;
  const whose = `${listText(names)} ${names.length === 1 ? 'is' : 'are'} in it`;
  const said = asOf === null ? '' : `, as of ${asOf.slice(0, 10)}`;
  const why = ': whoever registers it then answers for ';
  if (lapse !== undefined || leftMs <= 0) {
    const how = lapse === undefined ? `ended on ${day}` : `is in the state "${lapse}"`;
    return [
      hit(
        `the domain ${domain} ${how}${said}, and ${whose}${why}${facts.cut}`,
        remedy(`have ${domain} renewed or restored at once, or name servers elsewhere`, {
          registrar: [`renew or restore ${domain}`],
        }),
        { variant: 'lapsed', subject: domain },
      ),
    ];
  }
  return leftMs > nearDays * dayMs
    ? []
    : [
        hit(
          `the domain ${domain} ends on ${day}, in ${Math.floor(leftMs / dayMs)} days${said}, and ${whose}${why}${facts.cut}`,
          remedy(`renew ${domain} before ${day}`, { registrar: [`renew ${domain} before ${day}`] }),
          { subject: domain },
        ),
      ];
}
