import { describe, expect, it } from 'vitest';
import { findElement, parseXml } from '../../src/providers/namecheap/xml.ts';

describe('an XML document', () => {
  const values = [
    ['plain', 'plain'],
    ['  kept  ', '  kept  '],
    ['a &amp; b', 'a & b'],
    ['&lt;x y=&quot;1&quot;&gt; &apos;', '<x y="1"> \''],
    ['&amp;lt;', '&lt;'],
    ['&amp;#39;', '&#39;'],
    ['&#39;&#x27;&#233;&#x1F600;', "''é😀"],
    ['tab&#x9;line&#xA;', 'tab\tline\n'],
    ['007', '007'],
    ['1.10', '1.10'],
    ['true', 'true'],
    ['', ''],
  ] as const;
  for (const [written, read] of values) {
    it(`gives ${JSON.stringify(read)} for the attribute ${JSON.stringify(written)}`, () => {
      const root = parseXml(
        `<?xml version="1.0"?>\r\n<R xmlns="http://api.namecheap.com/xml.response"><host Address="${written}" /></R>`,
      );
      expect(root === null ? null : findElement(root, 'host')?.attributes.get('address')).toBe(read);
    });
  }

  it('is read without regard to case and namespace', () => {
    const root = parseXml(
      '<n:ApiResponse xmlns:n="https://elsewhere.example/"><n:HOST n:Name="a"/></n:ApiResponse>',
    );
    expect(root?.name).toBe('apiresponse');
    expect(root?.children.map(child => [child.name, child.attributes.get('name')])).toEqual([['host', 'a']]);
  });

  const broken = [
    '',
    'no xml',
    '<a>',
    '<a><b></a>',
    '<a/><b/>',
    '<a x=1/>',
    '<a x="1" x="2"/>',
    '<a></a',
    '{"a":1}',
    '<html><br></html>',
  ];
  for (const text of broken) {
    it(`is not ${JSON.stringify(text)}`, () => expect(parseXml(text)).toBeNull());
  }

  it('is never read from a part of it', () => {
    const whole = '<?xml version="1.0"?><R Status="OK"><C Type="x"><host Name="a"/><host Name="b"/></C></R>';
    for (let end = 0; end < whole.length; end += 1)
      expect(parseXml(whole.slice(0, end)), whole.slice(0, end)).toBeNull();
    expect(parseXml(whole)).not.toBeNull();
  });
});
