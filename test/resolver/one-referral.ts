/** A scenario file: one referral, and `address` as the answer that is expected; 198.51.100.1 is the one that comes. */
export function oneReferral(address: string): string {
  return `
server:
	target-fetch-policy: "0 0 0 0 0"
	qname-minimisation: "no"
stub-zone:
	name: "."
	stub-addr: 192.0.2.1
CONFIG_END
SCENARIO_BEGIN one referral
RANGE_BEGIN 0 100
	ADDRESS 192.0.2.1
ENTRY_BEGIN
MATCH opcode subdomain
ADJUST copy_id copy_query
REPLY QR NOERROR
SECTION QUESTION
test. IN A
SECTION AUTHORITY
test. IN NS ns.test.
SECTION ADDITIONAL
ns.test. IN A 192.0.2.2
ENTRY_END
RANGE_END
RANGE_BEGIN 0 100
	ADDRESS 192.0.2.2
ENTRY_BEGIN
MATCH opcode qtype qname
ADJUST copy_id
REPLY QR AA NOERROR
SECTION QUESTION
www.test. IN A
SECTION ANSWER
www.test. IN A 198.51.100.1
ENTRY_END
RANGE_END
STEP 1 QUERY
ENTRY_BEGIN
REPLY RD
SECTION QUESTION
www.test. IN A
ENTRY_END
STEP 10 CHECK_ANSWER
ENTRY_BEGIN
MATCH all
REPLY QR RD RA NOERROR
SECTION QUESTION
www.test. IN A
SECTION ANSWER
www.test. IN A ${address}
ENTRY_END
SCENARIO_END
`;
}
