import type { CutFacts, RentedFacts } from '../../survey/facts.ts';
import type { Check, Hit } from './finding.ts';
import { add, addressType, hit, listText, remedy, remove } from './parts.ts';
import { childWord } from './said.ts';
import { glueOf } from './sets.ts';

/** An address of a cloud where no DNS answers any more: it may be somebody else's by now. Only where a cloud's ranges were given. */
export const nsAddressDangling: Check = {
  id: 'ns-address-dangling',
  rule: 'RFC 1912 section 2.8 (lame delegation)',
  find: facts => (facts.beside?.rented ?? []).flatMap(rented => hitsOf(facts, rented)),
};

function hitsOf(facts: CutFacts, { address, cloud, place, prefix, asOf }: RentedFacts): readonly Hit[] {
  const child = facts.children.find(one => one.address === address);
  const isSilent =
    child !== undefined &&
    childWord(child, facts).word === 'lame-no-response' &&
    [child.ns, child.tcp].every(seen => seen?.exchange.kind !== 'response');
  if (!isSilent) {
    return [];
  }
  const glued = child.names.filter(name => glueOf(facts, name).includes(address));
  const type = addressType(address);
  const parent = glued.flatMap(name => [
    remove(name, type, address),
    add(name, type, '<an address of yours>'),
  ]);
  const where = place === null ? cloud : `${cloud} (${place})`;
  return [
    hit(
      `${listText(child.names)} is at ${address}, where no DNS answers: ${where} gives addresses of ${prefix} to its customers${asOf === null ? '' : `, as of ${asOf}`}, and whoever has it now can answer for ${facts.cut}`,
      remedy(
        `see in your account at ${cloud} whether the address is still yours; if it is not, give the name another one today, at the parent as well where it is glue`,
        { parent },
      ),
      { seen: [child.soa, ...(child.tcp === null ? [] : [child.tcp])] },
    ),
  ];
}
