import { describe, expect, test } from 'vitest';
import { parseName } from '../../src/dns/name.ts';
import { rrsetOf } from '../../src/dns/rrset.ts';
import { bindServers } from '../../src/sandbox/topology.ts';
import { accounts, addressOf, type HostId, partedRows } from './accounts.ts';
import { commands, openBox } from './box.ts';
import { askIsp, watchName } from './look.ts';

const parents: readonly HostId[] = ['namecheap', 'dyn', 'route53', 'powerdns'];

describe('name servers that lie in what is delegated', () => {
  test.concurrent.each(parents)(
    'get glue at %s, and the names go back with the parent',
    async id => {
      const box = await openBox({}, 'none');
      try {
        const { internet } = box;
        const parent = accounts[id];
        const cut = parseName(`staging.${parent.apex}`);
        const api = parseName(`api.${cut}`);
        // The zone as its operator keeps it: its servers bear names of its own.
        const servers = bindServers.map((server, at) => ({
          ...server,
          name: parseName(`ns${at + 1}.${cut}`),
        }));
        accounts.rfc2136.makeZone(internet, cut, [
          addressOf(api, '192.0.2.77', 60),
          ...servers.map(({ name, address }) => addressOf(name, address, 120)),
        ]);
        internet.hosts.bind.put(cut, rrsetOf(cut, 'NS', 1, ...servers.map(({ name }) => String(name))));
        const before = parent.rowsBeside(internet, cut);

        const flags = { parent: parent.id, child: 'rfc2136', ttl: '60' };
        const made = await box.run(commands.delegate(cut, flags), { hurry: true });
        expect(made).toMatchObject({ exitCode: 0, error: null });
        expect(made.out).toMatch(new RegExp(`\\+ +A +ns1\\.${cut} +120 127\\.7\\.0\\.1 +glue`));
        expect(parent.nsOf(internet, cut)).toEqual(servers.map(({ name }) => name));
        for (const { name, address } of servers) {
          const { mine } = partedRows(parent.rowsBeside(internet, cut), name, parent.apex);
          expect(mine).toEqual([expect.stringContaining(address)]);
        }
        // Nobody finds the servers without it.
        expect((await askIsp(internet, api, 'A')).answer.map(record => record.data)).toEqual(['192.0.2.77']);
        expect((await box.run(commands.verify(cut))).exitCode).toBe(0);

        const watch = watchName(internet, api, 'A', '192.0.2.77');
        const gone = await box.run(commands.undelegate(cut, flags), {
          hurry: true,
          options: { confirm: cut },
        });
        const { misses, looks } = await watch.end();
        expect(gone).toMatchObject({ exitCode: 0, error: null });
        expect(misses).toEqual([]);
        expect(looks).toBeGreaterThan(5);
        expect(parent.nsOf(internet, cut)).toEqual([]);
        const after = parent.rowsBeside(internet, cut);
        expect(after).toHaveLength(before.length + 1 + servers.length);
        expect(partedRows(after, api, parent.apex).mine).toEqual([expect.stringContaining('192.0.2.77')]);
      } finally {
        await box.close();
      }
    },
    60_000,
  );
});
