import { extractSample, shownRefs, topic } from '../../../../test/support/dita-sample.js';

const title = (document: string | Uint8Array): string | null => extractSample('a.dita', document).facts.title;
const error = (document: string | Uint8Array, limits = {}): string => {
  const { facts, refs } = extractSample('a.dita', document, limits);
  expect([facts.wellFormed, refs, facts.keys, facts.topicIds, facts.elementIdCount]).toEqual([false, [], [], [], 0]);
  return `${facts.error?.code} ${facts.error?.line}`;
};
const utf16 = (text: string, bom = '\uFEFF'): Buffer => Buffer.from(bom + text, 'utf16le');
const bytes = (...parts: (string | number[])[]): Buffer => Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));

describe('encodings (extraction.md, section 4)', () => {
  it.each([
    ['UTF-8 with a byte order mark', bytes([0xef, 0xbb, 0xbf], '<topic id="t"><title>\xc3\xa9</title></topic>'), 'é'],
    ['UTF-16 little endian with a mark', utf16('<topic id="t"><title>日𝒳</title></topic>'), '日𝒳'],
    ['UTF-16 big endian with a mark', utf16('<topic id="t"><title>日𝒳</title></topic>').swap16(), '日𝒳'],
    ['UTF-16 without a mark', utf16('<?xml version="1.0" encoding="UTF-16"?><topic id="t"><title>é</title></topic>', ''), 'é'],
    ['ISO-8859-1', bytes('<?xml version="1.0" encoding="ISO-8859-1"?><topic id="t"><title>\xe9</title></topic>'), 'é'],
    ['windows-1252', bytes("<?xml version='1.0' encoding='windows-1252'?><topic id='t'><title>\x93\x80\x94</title></topic>"), '“€”'],
    ['windows-1251', bytes('<?xml version="1.0" encoding="windows-1251"?><topic id="t"><title>\xcf</title></topic>'), 'П'],
    ['GB18030', bytes('<?xml version="1.0" encoding="GB18030"?><topic id="t"><title>\xd6\xd0</title></topic>'), '中'],
    ['Shift_JIS', bytes('<?xml version="1.0" encoding="Shift_JIS"?><topic id="t"><title>\x93\xfa</title></topic>'), '日'],
    ['XML 1.1', '<?xml version="1.1"?><topic id="t"><title>x</title></topic>', 'x'],
  ])('reads %s', (_, document, expected) => {
    expect(title(document)).toBe(expected);
  });

  it.each([
    ['an invalid byte', bytes('<topic>\r\n<title>\r', [0xe9], '</title></topic>'), 'ENCODING 3'],
    ['a truncated sequence at the end', bytes('<topic/>\n', [0xe2, 0x82]), 'ENCODING 2'],
    ['a lone surrogate', bytes([0xff, 0xfe], '<\0a\0\n\0', [0x00, 0xd8], '/\0>\0'), 'ENCODING 2'],
    ['an 8-bit byte in ASCII', bytes('<?xml version="1.0" encoding="US-ASCII"?>\n<topic>\xe9</topic>'), 'ENCODING 2'],
    ['UTF-16 declared on 8-bit bytes', bytes('<?xml version="1.0" encoding="UTF-16"?><topic/>'), 'ENCODING 1'],
    ['UTF-8 declared on UTF-16 bytes', utf16('<?xml version="1.0" encoding="UTF-8"?><topic/>'), 'ENCODING 1'],
    ['a mark that contradicts the declaration', bytes([0xef, 0xbb, 0xbf], '<?xml version="1.0" encoding="ISO-8859-1"?><topic/>'), 'ENCODING 1'],
    ['an unknown name', bytes('<?xml version="1.0" encoding="klingon"?><topic/>'), 'ENCODING 1'],
    ['no bytes at all', new Uint8Array(), 'EMPTY 1'],
  ])('refuses %s', (_, document, expected) => {
    expect(error(document)).toBe(expected);
  });

  it('still knows the type of a file with an invalid byte behind its root start tag', () => {
    const { facts } = extractSample('a.xml', bytes('<task id="t">\n', [0xff], '</task>'));
    expect([facts.fileType, facts.rootElement, facts.domainType]).toEqual(['DITATOPIC', 'task', 'task']);
  });
});

describe('well-formedness (extraction.md, sections 2 and 4)', () => {
  it.each([
    ['a wrong end tag', '<topic>\n<title>\nx</topic>', 'NOT_WELL_FORMED 3'],
    ['a missing end tag', '<topic>\n<title>x</title>\n', 'NOT_WELL_FORMED 3'],
    ['two roots', '<topic/>\n<topic/>', 'NOT_WELL_FORMED 2'],
    ['text behind the root', '<topic/>\nx\n\n\n', 'NOT_WELL_FORMED 2'],
    ['text before the root', 'x\n\n<topic/>', 'NOT_WELL_FORMED 1'],
    ['a bare ampersand', '<topic>\nAT&T\n\n\n</topic>', 'NOT_WELL_FORMED 2'],
    ['a bare ampersand before a later semicolon', '<topic>\nAT&T\n\n\nx;</topic>', 'NOT_WELL_FORMED 2'],
    ['an unquoted attribute', '<topic\nid=x/>', 'NOT_WELL_FORMED 2'],
    ['a doubled attribute', '<topic id="a" id="b"/>', 'NOT_WELL_FORMED 1'],
    ['"<" in an attribute', '<topic id="<"/>', 'NOT_WELL_FORMED 1'],
    ['"]]>" in text', '<topic>]]></topic>', 'NOT_WELL_FORMED 1'],
    ['a control character', '<topic>\u0001</topic>', 'NOT_WELL_FORMED 1'],
    ['a reference to no character', '<topic>&#0;</topic>', 'NOT_WELL_FORMED 1'],
    ['"--" in a comment', '<topic><!-- a -- b --></topic>', 'NOT_WELL_FORMED 1'],
    ['a late XML declaration', '\n<?xml version="1.0"?><topic/>', 'NOT_WELL_FORMED 2'],
    ['a late DOCTYPE', '<topic><!DOCTYPE topic></topic>', 'NOT_WELL_FORMED 1'],
    ['no element at all', '<!-- x -->', 'NOT_WELL_FORMED 1'],
    ['an undeclared entity without a DOCTYPE', '<topic>\n&nbsp;</topic>', 'NOT_WELL_FORMED 2'],
    ['an undeclared entity with an internal subset only', '<!DOCTYPE topic [<!ENTITY a "b">]><topic>&c;</topic>', 'NOT_WELL_FORMED 1'],
    ['nonsense in the DOCTYPE', '<!DOCTYPE topic [\n<!ENTITY>\n]><topic/>', 'NOT_WELL_FORMED 2'],
  ])('refuses %s on its line', (_, document, expected) => {
    expect(error(document)).toBe(expected);
  });

  it('tells the reason in a clean sentence with a column', () => {
    const failure = extractSample('a.dita', '<topic>\n  <p></q></topic>').facts.error;
    expect(failure?.message).toMatch(/^[A-Z][^\p{Cc}]*\.$/u);
    expect(failure?.column).toBeGreaterThan(3);
  });

  it('keeps what it knew when the error came behind the root start tag', () => {
    const { facts } = extractSample('a.xml', '<bookmap id="b"><chapter href="x.dita">');
    expect([facts.wellFormed, facts.fileType, facts.rootElement, facts.domainType, facts.rootId]).toEqual([false, 'DITAMAP', 'bookmap', 'bookmap', null]);
  });

  it('minds no undeclared prefix', () => {
    expect(extractSample('a.dita', topic('<m:math x:y="1"/>')).facts.wellFormed).toBe(true);
  });
});

describe('entities and the internal subset (extraction.md, section 4)', () => {
  it('expands internal entities, nested, in text and in attributes', () => {
    const subset = '<!ENTITY co "Acme &amp; &sons;"><!ENTITY sons "S&#246;hne"><!ENTITY dir "img">';
    const extraction = extractSample('a.dita', `<!DOCTYPE topic [${subset}]><topic id="t"><title>&co;&#33;</title><body><image href="&dir;/a.png"/></body></topic>`);
    expect([extraction.facts.title, extraction.facts.unresolvedEntities, shownRefs(extraction)]).toEqual(['Acme & Söhne!', 0, ['image local png img/a.png ?']]);
  });

  it('parses the elements that an entity brings, in their place', () => {
    const extraction = extractSample('a.dita', topic('<p id="p1"/>&e;<p id="p3"/>', '<!ENTITY e "<p id=\'p2\'>x<xref href=\'b.dita\'/>&f;</p>"><!ENTITY f "<ph id=\'q\'/>">'));
    expect([extraction.facts.elementIds, shownRefs(extraction)]).toEqual([['t', 't/p1', 't/p2', 't/q', 't/p3'], ['xref local dita b.dita ?']]);
  });

  it('keeps text and elements of an entity in order', () => {
    expect(title('<!DOCTYPE topic [<!ENTITY e "b<ph>c</ph>d">]><topic id="t"><title>a&e;f</title></topic>')).toBe('abcdf');
  });

  it('refuses an entity that is not well-formed in itself', () => {
    expect(error('<!DOCTYPE topic [<!ENTITY e "</title><title>">]>\n<topic><title>&e;</title></topic>')).toBe('NOT_WELL_FORMED 2');
  });

  it('expands internal parameter entities, and takes the first declaration', () => {
    const subset = "<!ENTITY % p '<!ENTITY x \"IN\">'>%p;<!ENTITY x 'LATE'>";
    expect(title(`<!DOCTYPE topic [${subset}]><topic id="t"><title>[&x;]</title></topic>`)).toBe('[IN]');
  });

  it('ignores declarations behind an external parameter entity, unless the document stands alone', () => {
    const document = '<!DOCTYPE topic SYSTEM "t.dtd" [<!ENTITY % ext SYSTEM "e.mod">%ext;<!ENTITY x "X"><!ATTLIST topic id CDATA "dflt">]><topic><title>a&x;</title></topic>';
    const { facts } = extractSample('a.dita', document);
    expect([facts.title, facts.rootId, facts.unresolvedEntities]).toEqual(['a', null, 1]);
    const alone = extractSample('a.dita', `<?xml version="1.0" standalone="yes"?>${document}`).facts;
    expect([alone.title, alone.rootId, alone.unresolvedEntities]).toEqual(['aX', 'dflt', 0]);
  });

  it('supplies attribute defaults as if they were written', () => {
    const subset = '<!ATTLIST xref href CDATA "b.dita" scope (local|peer) "peer" format CDATA #IMPLIED><!ATTLIST xref href CDATA "late.dita">';
    const extraction = extractSample('a.dita', topic('<xref/><xref href="c.dita"/>', subset));
    expect(shownRefs(extraction)).toEqual(['xref peer dita b.dita ?', 'xref peer dita c.dita ?']);
  });

  it('opens nothing external', () => {
    const { facts } = extractSample('a.dita', '<!DOCTYPE topic [<!ENTITY f SYSTEM "file:///etc/passwd">]><topic id="t"><title>a&f;b</title></topic>');
    expect([facts.title, facts.unresolvedEntities]).toEqual(['ab', 0]);
  });

  it('takes HTML names for characters and counts other names, where an external DTD could declare them', () => {
    const { facts, refs } = extractSample('a.dita', topic('<p>&nbsp;&foo;</p><xref href="a&bar;&eacute;.dita"/><!-- &no; --><![CDATA[&no;]]>'));
    expect([facts.unresolvedEntities, refs[0]?.raw]).toEqual([1, 'aé.dita']);
  });

  it.each([
    ['direct', '<!ENTITY a "&a;">'],
    ['indirect', '<!ENTITY a "x&b;"><!ENTITY b "&a;">'],
  ])('refuses %s recursion', (_, subset) => {
    expect(error(topic('\n&a;', subset))).toBe('RECURSIVE_ENTITY 2');
  });

  const bomb = ['<!ENTITY a0 "lol">', ...Array.from({ length: 12 }, (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`)].join('');

  it.each(['a & b; c', 'a &\u00a0b; c', 'a &b c; d', 'a &lt<; b', '&1;', '<p id="a & b;"/>'])('refuses %s also where unknown entities are forgiven: it is no reference', (text) => {
    expect(error(topic(`\n${text}`))).toBe('NOT_WELL_FORMED 2');
  });

  it.each([
    ['topic PUBLIC "-//OASIS//DTD DITA Topic//EN"', 'a public id without a system id'],
    ['topic PUBLIC"a" "b"', 'no space before a public id'],
    ['topic PUBLIC "a""b"', 'no space before a system id'],
    ['topic PUBLIC "a<b" "c"', 'a character that public ids do not have'],
    ['topic SYSTEM "a" "b"', 'one literal too many'],
    ['topic []x', 'something behind the subset'],
    ['topic [<!ELEMENT p>]', 'an element without a content model'],
    ['topic [<!NOTATION n>]', 'a notation without an id'],
    ['topic [<!ATTLIST p a CDATA"x">]', 'no space before a default'],
  ])('refuses <!DOCTYPE %s>: %s', (doctype) => {
    expect(error(`<?xml version="1.0"?>\n<!DOCTYPE ${doctype}>\n<topic/>`)).toBe('NOT_WELL_FORMED 2');
  });

  it('refuses external entities in attributes', () => {
    expect(error(topic('\n<p id="&f;"/>', '<!ENTITY f SYSTEM "f">'))).toBe('NOT_WELL_FORMED 2');
  });

  it('tells of the line of a "&", however far away the next ";" is', () => {
    expect(error(topic('\n<p>R&D\r\n\n</p>&amp;'))).toBe('NOT_WELL_FORMED 2');
    expect(error(topic('\n<p id="R&\nD\n"/>&amp;'))).toBe('NOT_WELL_FORMED 2');
    expect(error('<topic>\n<p>R&D\n</p></topic>')).toBe('NOT_WELL_FORMED 2');
    expect(error('<topic>&lt;\n<p>a&#12b</p>\n&lt;&amp;</topic>')).toBe('NOT_WELL_FORMED 2');
    expect(error('<topic>\n<p id="a&#12b"/>\n</topic>')).toBe('NOT_WELL_FORMED 2');
  });

  it('counts unknown names in the text of entities each time they come into the document', () => {
    const document = topic('&e;&e;&f;<p id="&e;"/>', '<!ENTITY e "x&no;"><!ENTITY f "&e;&no;&nbsp;">');
    expect(extractSample('a.dita', document).facts.unresolvedEntities).toBe(4);
  });

  it('refuses a bomb before it goes off, on the line of its reference', () => {
    expect(error(topic('\n&a12;', bomb))).toBe('ENTITY_LIMIT 2');
    expect(error(topic('\n<xref href="&a12;"/>', bomb))).toBe('ENTITY_LIMIT 2');
  });

  it('refuses a bomb beside entities that bring elements, and endless nesting', () => {
    expect(error(topic('\n&a12;&m;', `${bomb}<!ENTITY m "<p/>">`))).toBe('ENTITY_LIMIT 2');
    const chain = Array.from({ length: 20_000 }, (_, i) => `<!ENTITY c${i + 1} "&c${i};">`).join('');
    expect(error(topic('\n&c20000;', `<!ENTITY c0 "x"><!ENTITY m "<p/>">${chain}`))).toBe('ENTITY_LIMIT 2');
  });

  it('minds no bomb that is not referred to', () => {
    expect(extractSample('a.dita', topic('<!-- &a12; -->&a1;', bomb)).facts.wellFormed).toBe(true);
  });

  it('sums up the expansions of the whole document', () => {
    const hundred = `<!ENTITY h "${'x'.repeat(100)}">`;
    expect(extractSample('a.dita', topic('&h;'.repeat(10), hundred), { maxEntityExpansionChars: 1000 }).facts.wellFormed).toBe(true);
    expect(error(topic('&h;'.repeat(11), hundred), { maxEntityExpansionChars: 1000 })).toBe('ENTITY_LIMIT 1');
  });

  it('refuses a bomb of empty entities in time', () => {
    const empty = ['<!ENTITY a0 "">', ...Array.from({ length: 30 }, (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`)].join('');
    expect(extractSample('a.dita', topic('&a30;', empty)).facts.error?.code ?? 'read').toMatch(/^(read|ENTITY_LIMIT)$/);
  });
});

describe('limits and lines', () => {
  it('refuses elements that are nested too deeply, and files that are too large', () => {
    expect(error(topic('<p>'.repeat(40)), { maxElementDepth: 30 })).toBe('DEPTH_LIMIT 1');
    expect(extractSample('a.dita', topic(''), { maxXmlBytes: 10 }).facts.error?.code).toBe('SIZE_LIMIT');
  });

  it('survives ten thousand open elements', () => {
    expect(extractSample('a.dita', topic(`${'<p>'.repeat(9000)}${'</p>'.repeat(9000)}`)).facts.wellFormed).toBe(true);
  });

  it('counts CRLF, LF and CR once, up to the "<" of the element', () => {
    const { refs } = extractSample('a.dita', '<topic\r\n id="t">\r<title>x</title>\n\n<xref\n\n href="a.dita"/>\r\n<xref href="b.dita"/></topic>');
    expect(refs.map((ref) => ref.line)).toEqual([5, 8]);
  });

  it('normalises line ends and tabs in attributes to blanks, character references not', () => {
    const { refs } = extractSample('a.dita', topic('<xref href="&#10;a\r\n\tb.dita"/>'));
    expect(refs[0]?.raw).toBe('\na  b.dita');
  });
});
