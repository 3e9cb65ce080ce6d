/** Reads a zone of as many records as are named first, made as it is read, and keeps some of them; a program of its own for its heap. */
import { parseName } from '../../src/dns/name.ts';
import { ZoneFileReader } from '../../src/dns/zonefile-stream.ts';

const records = Number(process.argv[2]);
const eachPiece = 1000;
const reader = new ZoneFileReader({ origin: parseName('example.') });
const kept: string[] = [];
let seen = 0;
for (let at = 0; at < records; at += eachPiece) {
  const lines = Array.from({ length: eachPiece }, (_, line) => {
    const host = `host-of-some-length-${at + line}`;
    const long = `${host}.${'label-of-a-length.'.repeat(10)}`;
    if (line % 2 === 0) return `${long}example. 3600 IN NS ns1.${long}example.net. ; and a comment behind\n`;
    return `${host} 3600 IN TXT "${host}" ( ; a comment that fills the line up\n "${'text '.repeat(40)}" )\n`;
  });
  for (const item of reader.push(lines.join(''))) {
    if (item.kind === 'problem') throw new Error(item.message);
    // What is kept of a piece must not hold all of it.
    if (seen % eachPiece < 2) kept.push(item.owner, item.type, item.data);
    seen += 1;
  }
}
for (const _ of reader.end()) throw new Error('more than was written');
process.stdout.write(`${seen} ${kept.length} ${kept.at(-3)}\n`);
