/** Mutants that nothing gives away, and why. */
export interface Survivors {
  /** `same`: what they do cannot be told from what the original does. `open`: a world that is missing would give them away. */
  readonly kind: 'same' | 'open';
  /** The reason, or the world that is missing. */
  readonly why: string;
  /** Keys, as `npm run mutants` prints them. */
  readonly mutants: readonly string[];
}

/** Every mutant that is known to survive. */
export const survivors: readonly Survivors[] = [
  {
    kind: 'same',
    why: 'no profile has a variant that is called null',
    mutants: ['judge.ts: never: variant === null -> false'],
  },
  {
    kind: 'same',
    why: 'the servers of a group say the same, since they are grouped by what they say; a CDS stands for one key, and a deletion stands alone',
    mutants: [
      'cds.ts: filter-all: rrset.data.filter(data => !isDeletion(data)) -> (rrset.data)',
      'cds.ts: every: every -> some',
      'cds.ts: left-only: cds.rrset.data.some(data => deletion.test(data)) && cds.rrset.data.length > 1 -> (cds.rrset.data.some(data => deletion.test(data)))',
      'cds.ts: comparison: cds.rrset.data.length > 1 -> (cds.rrset.data.length >= 1)',
      'cds.ts: some: some -> every #6',
      'lame.ts: some: some -> every',
      'lame.ts: some: some -> every #2',
    ],
  },
  {
    kind: 'same',
    why: 'where nothing is known of the one side the list of the other is empty: both conditions hold together, and only the compiler needs both',
    mutants: [
      'cds.ts: left-only: odd.length === 0 || cdnskey === null -> (odd.length === 0)',
      "csync-pending.ts: right-only: csync === undefined || !types.includes('NS') -> (!types.includes('NS'))",
      'ds-match.ts: right-only: keys === null || lacking.length === 0 -> (lacking.length === 0)',
      'glue-mismatch.ts: right-only: own === null || wrong.length === 0 -> (wrong.length === 0)',
      "keyed.ts: right-only: seen === undefined || answer?.kind !== 'answer' -> (answer?.kind !== 'answer')",
      'ns-ttl-mismatch.ts: number: 0 -> 1',
      'ns-ttl-mismatch.ts: number: 0 -> 1 #2',
      'ns-typo.ts: and-or: domain === null || near == null -> (domain === null && near == null)',
      'ns-typo.ts: left-only: domain === null || near == null -> (domain === null)',
      'ns-typo.ts: right-only: domain === null || near == null -> (near == null)',
      'ns-typo.ts: right-only: domain === null || near == null || !isAlone -> (!isAlone)',
      "parent-no-response.ts: right-only: seen === null || answer?.kind !== 'silent' -> (answer?.kind !== 'silent')",
      'parent-undetermined.ts: never: first === undefined -> false',
      'propagation-bound.ts: number: 0 -> 1',
      'propagation-bound.ts: number: 0 -> 1 #2',
      'propagation-bound.ts: number: 0 -> 1 #3',
      'propagation-bound.ts: never: negativeSeconds(facts) === null -> false',
      'propagation-bound.ts: never: soa === undefined || data === undefined -> false',
      'propagation-bound.ts: and-or: soa === undefined || data === undefined -> (soa === undefined && data === undefined)',
      'propagation-bound.ts: left-only: soa === undefined || data === undefined -> (soa === undefined)',
      'propagation-bound.ts: right-only: soa === undefined || data === undefined -> (data === undefined)',
      'serial-skew.ts: always: data !== undefined -> true',
      "signing.ts: right-only: state === 'keys' && signatures.length > 0 -> (signatures.length > 0)",
      'signing.ts: right-only: first != null && found.every(text => text !== null) -> (found.every(text => text !== null))',
      'single-asn.ts: left-only: addresses.length < 2 || shared === null -> (addresses.length < 2)',
      'soa-mismatch.ts: always: data !== undefined -> true',
    ],
  },
  {
    kind: 'same',
    why: 'the other value takes nothing away and adds nothing: it is a type number that no type has, octets that are cut to whole ones, a TTL that a verdict does not look at, or a letter behind the end',
    mutants: [
      'csync-pending.ts: number: 2 -> 1',
      'keyed.ts: number: 0 -> 1',
      'ns-typo.ts: comparison: at < a.length -> (at <= a.length)',
      'ns-typo.ts: right-only: at < a.length && a[at] === b[at] -> (a[at] === b[at])',
      'referral-too-large.ts: number: 0 -> 1 #2',
      'referral-too-large.ts: comparison: room > 0 -> (room >= 0)',
      'referral-too-large.ts: number: 0 -> 1 #3',
      'signing.ts: number: 0x100000000 -> 4294967297',
      'signing.ts: number: 0x100000000 -> 4294967295',
      'single-prefix.ts: number: 8 -> 7',
    ],
  },
  {
    kind: 'same',
    why: 'a server that is told of by its answer has responded: the other kinds of an exchange have been sorted out before',
    mutants: [
      "dangling.ts: and-or: childWord(child, facts).word === 'lame-rcode' && exchange.kind === 'response' -> (childWord(child, facts).word === 'lame-rcode' || exchange.kind === 'response')",
      "dangling.ts: left-only: childWord(child, facts).word === 'lame-rcode' && exchange.kind === 'response' -> (childWord(child, facts).word === 'lame-rcode')",
      "dangling.ts: right-only: childWord(child, facts).word === 'lame-rcode' && exchange.kind === 'response' -> (exchange.kind === 'response')",
      "glue-missing.ts: right-only: ns.exchange.kind === 'response' && !ns.exchange.message.truncated -> (!ns.exchange.message.truncated)",
      "glue-truncated-silently.ts: right-only: ns.exchange.kind === 'response' && ns.exchange.protocol === 'tcp' -> (ns.exchange.protocol === 'tcp')",
      "insecure-proof-missing.ts: always: ns.exchange.kind === 'response' -> true",
      "keyed.ts: always: exchange.kind === 'response' -> true",
      "propagation-bound.ts: always: exchange.kind === 'response' -> true",
      "qname-case.ts: always: exchange.kind === 'response' -> true",
      "referral-too-large.ts: left-only: set === null || ns.exchange.kind !== 'response' -> (set === null)",
      "said.ts: right-only: answer.kind === 'answer' && answer.authoritative -> (answer.authoritative)",
      "said.ts: right-only: exchange.kind === 'unreachable' && exchange.reason === 'no-route' -> (exchange.reason === 'no-route')",
      "said.ts: right-only: soa.exchange.kind === 'response' && !soa.exchange.message.authoritative -> (!soa.exchange.message.authoritative)",
      "sets.ts: right-only: exchange.kind !== 'response' || !exchange.message.authoritative -> (!exchange.message.authoritative)",
    ],
  },
  {
    kind: 'same',
    why: 'without a delegation there are no NS names, and what is made of them is as empty as what returns early',
    mutants: [
      'families.ts: never: delegationNames(facts) === null -> false',
      'glue-missing-sibling.ts: and-or: zone === null || seen.length === 0 -> (zone === null && seen.length === 0)',
      'glue-missing-sibling.ts: left-only: zone === null || seen.length === 0 -> (zone === null)',
      'glue-missing-sibling.ts: right-only: zone === null || seen.length === 0 -> (seen.length === 0)',
      'glue-unneeded.ts: left-only: facts.given !== null || zone === null -> (facts.given !== null)',
      'glue.ts: right-only: zone !== null && isAtOrBelow(name, zone) -> (isAtOrBelow(name, zone))',
      'ns-set-mismatch.ts: and-or: above === null || own === null -> (above === null && own === null)',
      'ns-set-mismatch.ts: left-only: above === null || own === null -> (above === null)',
      'ns-set-mismatch.ts: right-only: above === null || own === null -> (own === null)',
      'ns-set-mismatch.ts: and-or: above === null || own === null || own.length === 0 -> (above === null || own === null && own.length === 0)',
      'ns-set-mismatch.ts: left-only: above === null || own === null || own.length === 0 -> (above === null || own === null)',
      'ns-ttl-extreme.ts: and-or: seen === undefined || ttl === null -> (seen === undefined && ttl === null)',
      'ns-ttl-extreme.ts: left-only: seen === undefined || ttl === null -> (seen === undefined)',
      'ns-ttl-extreme.ts: right-only: seen === undefined || ttl === null -> (ttl === null)',
      'wildcard-no-longer-applies.ts: never: above === null -> false',
    ],
  },
  {
    kind: 'same',
    why: 'an answer to a question has the type and the owner of the question, or it was no answer',
    mutants: [
      "keyed.ts: left-only: answer.kind === 'answer' && answer.authoritative && isType(answer.rrset, 'DNSKEY') -> (answer.kind === 'answer' && answer.authoritative)",
      "keyed.ts: left-only: seen === undefined || answer?.kind !== 'answer' || !answer.authoritative || answer.rrset.type !== type -> (seen === undefined || answer?.kind !== 'answer' || !answer.authoritative)",
      "keyed.ts: right-only: record.type === 'RRSIG' && record.owner === question.name -> (record.owner === question.name)",
      "said.ts: left-only: answer.kind === 'answer' && answer.rrset.owner === cut -> (answer.kind === 'answer')",
      "said.ts: left-only: answer.kind === 'answer' && answer.rrset.owner === cut && isType(answer.rrset, 'SOA') -> (answer.kind === 'answer' && answer.rrset.owner === cut)",
      "sets.ts: left-only: answer.kind === 'answer' && answer.authoritative && answer.rrset.owner === cut -> (answer.kind === 'answer' && answer.authoritative)",
      "sets.ts: left-only: answer.kind === 'answer' && answer.authoritative && answer.rrset.owner === cut && isType(answer.rrset, 'NS') -> (answer.kind === 'answer' && answer.authoritative && answer.rrset.owner === cut)",
    ],
  },
  {
    kind: 'same',
    why: 'a name with a sibling zone of its own is below the zone above, and names below the cut are not looked up as hosts',
    mutants: [
      'glue-missing-sibling.ts: and-or: isBelow(name, zone) && !isAtOrBelow(name, cut) -> (isBelow(name, zone) || !isAtOrBelow(name, cut))',
      'glue-missing-sibling.ts: left-only: isBelow(name, zone) && !isAtOrBelow(name, cut) -> (isBelow(name, zone))',
      'glue-missing-sibling.ts: right-only: isBelow(name, zone) && !isAtOrBelow(name, cut) -> (!isAtOrBelow(name, cut))',
      'glue-missing-sibling.ts: right-only: isBelow(name, zone) && !isAtOrBelow(name, cut) && (host?.zones.some(other => isBelow(other, zone) && isAtOrBelow(name, other)) ?? false) -> (host?.zones.some(other => isBelow(other, zone) && isAtOrBelow(name, other)) ?? false)',
    ],
  },
  {
    kind: 'same',
    why: 'what is neither too short nor equal to the bound is longer than it; the bound itself is let pass before',
    mutants: [
      'ns-ttl-extreme.ts: comparison: ttl > highest -> (ttl >= highest)',
      'ns-ttl-extreme.ts: comparison: ttl > highest -> (ttl >= highest) #2',
    ],
  },
  {
    kind: 'same',
    why: 'a server that is asked by its address has a name among those of the cut',
    mutants: ['parts.ts: never: name === null -> false'],
  },
  {
    kind: 'same',
    why: 'nobody tells a server that was not asked from one that is silent: both words count as saying nothing',
    mutants: [
      "said.ts: never: ns.exchange.kind === 'not-asked' || hasNoRoute(ns) -> false",
      "said.ts: and-or: ns.exchange.kind === 'not-asked' || hasNoRoute(ns) -> (ns.exchange.kind === 'not-asked' && hasNoRoute(ns))",
      "said.ts: left-only: ns.exchange.kind === 'not-asked' || hasNoRoute(ns) -> (ns.exchange.kind === 'not-asked')",
      "said.ts: right-only: ns.exchange.kind === 'not-asked' || hasNoRoute(ns) -> (hasNoRoute(ns))",
    ],
  },
  {
    kind: 'same',
    why: 'data of another type at the cut is not the name of a host',
    mutants: [
      "glue-extra.ts: left-only: rrset.owner === cut && isType(rrset, 'NS') -> (rrset.owner === cut)",
    ],
  },
  {
    kind: 'open',
    why: 'a world in which TCP brings glue of a sibling that UDP left out',
    mutants: [
      'glue-truncated-silently.ts: right-only: isAtOrBelow(name, cut) && glueIn(parent.ns, name).length === 0 -> (glueIn(parent.ns, name).length === 0)',
    ],
  },
  {
    kind: 'open',
    why: 'a signed zone above whose referral has a good NSEC proof',
    mutants: [
      "insecure-proof-missing.ts: never: ns.exchange.kind === 'response' -> false",
      "insecure-proof-missing.ts: comparison: ns.exchange.kind === 'response' -> (ns.exchange.kind !== 'response')",
      "insecure-proof-missing.ts: never: verdict.kind === 'proven' -> false",
    ],
  },
  {
    kind: 'open',
    why: 'a zone above whose first record is hidden',
    mutants: ['occluded-records.ts: number: 0 -> 1'],
  },
  {
    kind: 'open',
    why: 'servers above of which some serve the cut as well and give other glue',
    mutants: [
      "parent-inconsistent.ts: filter-all: deciding .filter(({ word }) => word === 'referral' || word === 'shared') -> (deciding )",
      "parent-inconsistent.ts: left-only: word === 'referral' || word === 'shared' -> (word === 'referral')",
      "parent-inconsistent.ts: comparison: word === 'shared' -> (word !== 'shared')",
    ],
  },
  {
    kind: 'open',
    why: 'a referral whose size is one octet from a bound by the name that is asked',
    mutants: ['referral-too-large.ts: number: 1 -> 2'],
  },
  {
    kind: 'open',
    why: 'IPv6 servers in one autonomous system',
    mutants: ["single-asn.ts: always: family === 'ipv4' -> true"],
  },
  {
    kind: 'open',
    why: 'an answer from another port of the address that was asked, and no other',
    mutants: ['source-address-differs.ts: never: place === null -> false'],
  },
];
