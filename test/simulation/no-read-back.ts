import type { Http, HttpExchange, HttpRequest } from '../../src/world/world.ts';

/** Answers the first reading after each writing at Namecheap with what was written, so that nothing is ever read back. */
export function withoutReadBack(http: Http): Http {
  let written: URLSearchParams | null = null;
  return {
    async send(request, options) {
      const parameters = parametersIn(request);
      const command = parameters.get('Command')?.toLowerCase() ?? '';
      if (command.endsWith('.gethosts') && written !== null) {
        const rows = written;
        written = null;
        return answerWith(rows);
      }
      const exchange = await http.send(request, options);
      written = command.endsWith('.sethosts') && exchange.kind === 'response' ? parameters : written;
      return exchange;
    },
  };
}

function parametersIn({ url, body }: HttpRequest): URLSearchParams {
  return typeof body === 'string' ? new URLSearchParams(body) : new URL(url).searchParams;
}

function answerWith(written: URLSearchParams): HttpExchange {
  const rows: string[] = [];
  for (let at = 1; written.has(`HostName${at}`); at += 1) {
    const value = (name: string): string => attribute(written.get(`${name}${at}`) ?? '');
    rows.push(
      `<host HostId="${at}" Name="${value('HostName')}" Type="${value('RecordType')}" Address="${value('Address')}" ` +
        `MXPref="${value('MXPref')}" TTL="${value('TTL')}" IsActive="true" IsDDNSEnabled="false" />`,
    );
  }
  const domain = `${written.get('SLD')}.${written.get('TLD')}`;
  const result =
    `<DomainDNSGetHostsResult Domain="${domain}" EmailType="${written.get('EmailType') ?? 'NONE'}" IsUsingOurDNS="true">` +
    `${rows.join('')}</DomainDNSGetHostsResult>`;
  const text =
    '<?xml version="1.0" encoding="utf-8"?><ApiResponse Status="OK" xmlns="http://api.namecheap.com/xml.response"><Errors />' +
    `<CommandResponse Type="namecheap.domains.dns.getHosts">${result}</CommandResponse></ApiResponse>`;
  return { kind: 'response', response: { status: 200, headers: {}, body: new TextEncoder().encode(text) } };
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
