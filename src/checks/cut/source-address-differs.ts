import type { Endpoint } from '../../world/world.ts';
import type { Check } from './finding.ts';
import { hit, listText, remedy, serverText } from './parts.ts';

/** A server of the cut whose answers come from another address or port than was asked, so that resolvers drop them. */
export const sourceAddressDiffers: Check = {
  id: 'source-address-differs',
  rule: 'RFC 2181 section 4',
  find: ({ children }) =>
    children.flatMap(({ soa, ns, keys, hosts }) => {
      const seen = [soa, ns, ...keys, ...hosts].filter(({ exchange }) => elsewhereOf(exchange) !== null);
      const from = [...new Set(seen.map(({ exchange }) => placeText(elsewhereOf(exchange))))];
      return seen.length === 0
        ? []
        : [
            hit(
              `${serverText(soa.server)} answers from ${listText(from)}, where nobody asked: resolvers drop that, and take it for silent`,
              remedy(
                'let it answer from the address and port that it was asked at: bind the server to each of its addresses, or mend the translation of addresses before it',
              ),
              { seen },
            ),
          ];
    }),
};

function elsewhereOf(exchange: { readonly kind: string; readonly elsewhere?: Endpoint }): Endpoint | null {
  return exchange.elsewhere ?? null;
}

function placeText(place: Endpoint | null): string {
  return place === null ? 'elsewhere' : `${place.address} port ${place.port}`;
}
