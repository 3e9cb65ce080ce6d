import { childOf, type Name } from '../dns/name.ts';
import type { Security } from '../resolver/security.ts';
import type { World } from '../world/world.ts';
import { askAll, locate, type Net, signalOption } from './ask.ts';
import { type KeyView, viewKeys } from './keys.ts';
import { nsShown, type Server, type View } from './view.ts';

/** The facts about DNSSEC above and at one cut. */
export interface CutSecurity {
  /** What validation from the root says of the parent's SOA; null where there is no trust anchor to validate with. */
  readonly parent: Security | null;
  /** `cut DS` at every server of the parent. */
  readonly ds: readonly View[];
  /** What the servers that the parent names for the cut show of their keys; empty when it is not delegated. */
  readonly keys: readonly KeyView[];
}

/** Asks the parent's servers for the DS of `cut`, the child's for its keys, and validates the parent. */
export async function viewSecurity(
  world: World,
  net: Net,
  cut: Name,
  above: { readonly apex: Name; readonly servers: readonly Server[]; readonly ns: readonly View[] },
  signal?: AbortSignal,
): Promise<CutSecurity> {
  const names = [...new Set(above.ns.flatMap(view => nsShown(view.answer, cut)?.data ?? []))];
  const { servers } = await locate(net, names, signal);
  const [parent, ds, keys] = await Promise.all([
    validated(net, above.apex, signal),
    askAll(world, net, above.servers, cut, 'DS', signal),
    viewKeys(world, net, servers, cut, signal),
  ]);
  return { parent, ds, keys };
}

/**
 * What a validator that knows nothing yet says of `name` today, from its trust anchors down: of its SOA, and of a name
 * below it that nobody has. The worse of the two; null without a trust anchor above.
 */
export async function validated(net: Net, name: Name, signal?: AbortSignal): Promise<Security | null> {
  const { trust } = net;
  if (trust === undefined) {
    return null;
  }
  const resolver = trust.resolverWith(trust.anchors);
  const options = { cache: false, followAliases: false, ...signalOption(signal) };
  const found = await Promise.all([
    resolver.resolve({ name, type: 'SOA' }, options),
    resolver.resolve({ name: childOf(absentLabel, name), type: 'A' }, options),
  ]);
  const verdicts = found.map(({ security }) => security);
  const worst = verdicts.find(security => security?.kind === 'bogus') ?? verdicts[0] ?? null;
  return worst?.kind === 'indeterminate' ? null : worst;
}

/** A label that no zone has, so that its absence has to be proven. */
const absentLabel = '_zonecut-absent';

/** The DS data that a view of `cut DS` shows; none for none, null when the server did not tell. */
export function dsShown({ answer }: View): readonly string[] | null {
  switch (answer.kind) {
    case 'answer':
      return answer.rrset.type === 'DS' ? answer.rrset.data : null;
    case 'nodata':
    case 'nxdomain':
      return [];
    default:
      return null;
  }
}
