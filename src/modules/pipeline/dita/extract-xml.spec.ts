import { extractSample, shownRefs, topic } from '../../../../test/support/dita-sample.js';

const refs = (document: string, path = 'a.dita'): string[] => shownRefs(extractSample(path, document));
const map = (content: string, attributes = ''): string => `<map id="m" ${attributes}>${content}</map>`;
const mapRefs = (content: string, attributes = ''): string[] => refs(map(content, attributes), 'a.ditamap');

describe('file type (extraction.md, section 3)', () => {
  const kind = (path: string, document: string): string => {
    const { fileType, domainType } = extractSample(path, document).facts;
    return `${fileType} ${domainType}`;
  };

  it.each([
    ['a.xml', '<task id="t"/>', 'DITATOPIC task'],
    ['a.dita', '<bookmap/>', 'DITAMAP bookmap'],
    ['a.ditamap', '<glossentry/>', 'DITATOPIC glossentry'],
    ['a.xml', '<dita><topic id="t"/></dita>', 'DITATOPIC dita'],
    ['a.xml', '<val/>', 'DITAVAL val'],
    ['a.xml', '<x class="- topic/topic concept/concept my/x "/>', 'DITATOPIC concept'],
    ['a.xml', '<x class="- topic/topic my/x "/>', 'DITATOPIC topic'],
    ['a.xml', '<x class="- map/map my/x "/>', 'DITAMAP map'],
    ['a.xml', '<x class="topic/topic"/>', 'OTHERS null'],
    ['a.xml', '<catalog href="x"/>', 'OTHERS null'],
    ['a.xml', '<topic xmlns="urn:x"/>', 'OTHERS null'],
    ['a.dita', '<topic xmlns="urn:x"/>', 'DITATOPIC null'],
    ['a.xml', '<!DOCTYPE x PUBLIC "-//OASIS//DTD DITA 1.3 Strict Task//EN" "t.dtd"><x/>', 'DITATOPIC task'],
    ['a.xml', '<!DOCTYPE x PUBLIC "-//OASIS//DTD LIGHTWEIGHT DITA Map//EN" "t.dtd"><x/>', 'DITAMAP map'],
    ['a.xml', '<!DOCTYPE x PUBLIC "-//OASIS//DTD DITA Learning BookMap//EN" "t.dtd"><x/>', 'DITAMAP bookmap'],
    ['a.xml', '<!DOCTYPE x PUBLIC "-//ACME//DTD DITA Topic//EN" "t.dtd"><x/>', 'OTHERS null'],
    ['a.xml', '<x xsi:noNamespaceSchemaLocation="urn:oasis:names:tc:dita:xsd:concept.xsd:1.3"/>', 'DITATOPIC concept'],
    ['a.xml', '<?xml-model href="urn:oasis:names:tc:dita:rng:subjectScheme.rng"?><x/>', 'DITAMAP subjectScheme'],
    ['a.xml', '<x/><?xml-model href="urn:oasis:names:tc:dita:rng:map.rng"?>', 'OTHERS null'],
    ['a.dita', '<unknown-thing/>', 'DITATOPIC null'],
    ['a.bookmap', '<unknown-thing/>', 'DITAMAP null'],
    ['a.ditaval', '<unknown-thing/>', 'DITAVAL null'],
    ['a.dita', '', 'DITATOPIC null'],
  ])('%s: %s is %s', (path, document, expected) => {
    expect(kind(path, document)).toBe(expected);
  });

  it('extracts nothing from other XML', () => {
    const { facts, refs: found } = extractSample('a.xml', '<catalog id="c"><uri href="x.dita" conref="y.dita#z"/></catalog>');
    expect([facts.rootElement, facts.wellFormed, facts.elementIdCount, facts.rootId, found]).toEqual(['catalog', true, 0, null, []]);
  });

  it('treats a root with an unknown name as the topic or map that its file says', () => {
    expect(extractSample('a.dita', '<recipe id="r"><title>Soup</title><p id="p"/></recipe>').facts).toMatchObject({ title: 'Soup', topicIds: ['r'], elementIds: ['r', 'r/p'] });
    expect(extractSample('a.ditamap', '<menu id="r"><title>Food</title><p id="p"/></menu>').facts).toMatchObject({ title: 'Food', topicIds: [], elementIds: ['r', 'p'] });
    const composite = '<!DOCTYPE recipes PUBLIC "-//OASIS//DTD DITA Composite//EN" "ditabase.dtd"><recipes id="r"><title>Soups</title><p id="p"/><topic id="t"><title>T</title></topic></recipes>';
    expect(extractSample('a.xml', composite).facts).toMatchObject({ domainType: 'dita', title: 'Soups', topicIds: ['r', 't'], elementIds: ['r', 'r/p', 't'] });
  });
});

describe('summary of a topic (extraction.md, section 6)', () => {
  const facts = (document: string): ReturnType<typeof extractSample>['facts'] => extractSample('a.dita', document).facts;

  it('takes title and shortdesc of the first topic, without what is no part of the text', () => {
    const { title, shortdesc, lang, rootId } = facts(
      '<dita xml:lang="en"><topic id="one"><title> A\n<ph>b</ph><![CDATA[<c>]]><!-- no --><?no?><fn>no</fn><data>no<ph>no</ph></data>\u00a0d</title><shortdesc>S<indexterm>no</indexterm>1</shortdesc></topic><topic id="two"><title>Two</title></topic></dita>',
    );
    expect([title, shortdesc, lang, rootId]).toEqual(['A b<c>\u00a0d', 'S1', 'en', null]);
  });

  it('finds the shortdesc inside the first abstract, unless the topic has its own', () => {
    expect(facts('<topic id="t"><title/><abstract><p>x</p><p><shortdesc>in</shortdesc><shortdesc>2</shortdesc></p></abstract></topic>')).toMatchObject({ title: null, shortdesc: 'in' });
    expect(facts('<topic id="t"><abstract><shortdesc>in</shortdesc></abstract><shortdesc>own</shortdesc></topic>').shortdesc).toBe('own');
    expect(facts('<topic id="t"><body><shortdesc>deep</shortdesc></body></topic>').shortdesc).toBeNull();
  });

  it('lists ids with the nearest topic, in document order', () => {
    const { topicIds, elementIds, elementIdCount } = facts(
      '<dita id="d"><topic id="a"><title id="t1"/><body id=""><p id="\np  2 "/></body><topic id="b"><p id="q"/></topic><p id="late"/></topic></dita>',
    );
    expect(topicIds).toEqual(['a', 'b']);
    expect(elementIds).toEqual(['d', 'a', 'a/t1', 'a/p 2', 'b', 'b/q', 'a/late']);
    expect(elementIdCount).toBe(7);
  });

  it('collects authors and keywords of the prolog', () => {
    const { metadata } = facts(
      '<topic id="t"><title>T</title><prolog><author>Ann <ph>A.</ph></author><author/><authorinformation><x>Jo</x><y>Roe</y></authorinformation><metadata><keywords><keyword>k1</keyword><indexterm>no<keyword>no</keyword></indexterm><apiname>k2</apiname><keyword>k1</keyword></keywords></metadata></prolog><body><keywords><keyword>no</keyword></keywords></body></topic>',
    );
    expect(metadata).toEqual({ authors: ['Ann A.', 'Jo Roe'], keywords: ['k1', 'k2', 'k1'] });
  });

  it('lists authors inside of authors in document order, the outer one first', () => {
    const { metadata } = facts(
      '<topic id="t"><title>T</title><prolog><authorinformation><personinfo>Ann</personinfo><author>Bo<author>Cy</author></author><author/></authorinformation><author>Di</author></prolog></topic>',
    );
    expect(metadata.authors).toEqual(['Ann Bo Cy', 'BoCy', 'Cy', 'Di']);
  });

  it('takes nothing from foreign vocabularies but their text flow, and DITA content from inside them', () => {
    const extraction = extractSample(
      'a.dita',
      topic('<svg:a xmlns:svg="u" id="s" href="x"/><foreign id="f"><math xmlns="m" id="m"><mi href="x"/></math><widget id="w" href="x"/><image id="i" href="i.png"/></foreign><newthing id="n" href="b.dita"/>'),
    );
    expect(extraction.facts.elementIds).toEqual(['t', 't/f', 't/i', 't/n']);
    expect(shownRefs(extraction)).toEqual(['image local png i.png ?', 'other local dita b.dita ?']);
  });

  it('warns of duplicate ids, topics without id or title, and unresolved entities', () => {
    const { warnings } = facts('<!DOCTYPE topic SYSTEM "t.dtd"><topic><title>T</title><p id="p"/><p id="p"/>&x;<topic id="u"/></topic>');
    expect(warnings).toHaveLength(4);
    expect(facts(topic('<p id="p"/>')).warnings).toEqual([]);
  });
});

describe('summary of a map (extraction.md, section 6)', () => {
  const facts = (document: string): ReturnType<typeof extractSample>['facts'] => extractSample('a.ditamap', document).facts;

  it.each([
    ['<map title="attr"><title>T</title></map>', 'T'],
    ['<map title=" attr "><title/></map>', 'attr'],
    ['<map title="attr"/>', 'attr'],
    ['<map><topicref><topicmeta><navtitle>no</navtitle></topicmeta></topicref></map>', null],
    ['<bookmap><booktitle><booklibrary>L</booklibrary><mainbooktitle>Main <i>T</i></mainbooktitle></booktitle></bookmap>', 'Main T'],
    ['<bookmap><booktitle>Main</booktitle><topicref><booktitle><mainbooktitle>no</mainbooktitle></booktitle></topicref></bookmap>', 'Main'],
    ['<bookmap><x:cover><booktitle><mainbooktitle>no</mainbooktitle></booktitle></x:cover></bookmap>', null],
  ])('has the title of %s: %s', (document, expected) => {
    expect(facts(document).title).toBe(expected);
  });

  it('reads metadata and shortdesc of the root only', () => {
    const { shortdesc, metadata, elementIds } = facts(
      '<map id="m"><topicmeta><shortdesc>S</shortdesc><author>A</author><keywords><keyword>k</keyword></keywords></topicmeta><topicref id="r"><topicmeta><author>no</author></topicmeta></topicref></map>',
    );
    expect([shortdesc, metadata, elementIds]).toEqual(['S', { authors: ['A'], keywords: ['k'] }, ['m', 'r']]);
    expect(facts('<map class="- map/map "><topicmeta class="- map/topicmeta "><shortdesc class="- map/shortdesc ">S</shortdesc></topicmeta></map>').shortdesc).toBe('S');
  });

  it('takes nothing from topics that a map was merged with', () => {
    const { shortdesc, metadata } = facts('<map><topic id="t"><title>T</title><shortdesc>no</shortdesc><prolog><author>no</author></prolog></topic></map>');
    expect([shortdesc, metadata.authors]).toEqual([null, []]);
  });
});

describe('references of topics (extraction.md, section 7)', () => {
  it.each([
    ['<xref href="b.dita#t/p"/>', 'xref local dita b.dita#t/p ?'],
    ['<xref href="b.xml"/>', 'xref local dita b.xml ?'],
    ['<xref href="b"/>', 'xref local dita b ?'],
    ['<xref href=""/>', 'xref local - - empty'],
    ['<xref href="http://e.org"/>', 'xref external html - external'],
    ['<xref href="http://e.org/a.pdf" scope="local"/>', 'xref local pdf - external'],
    ['<xref href="mailto:a@e.org"/>', 'xref external - - external'],
    ['<xref href="b.pdf" scope="extenal" format=" x "/>', 'xref local x b.pdf ?'],
    ['<xref href="b.dita" scope="external"/>', 'xref external dita - external'],
    ['<xref href="C:\\b.dita"/>', 'xref local dita - outside-root'],
    ['<coderef href="b.c"/>', 'coderef local c b.c ?'],
    ['<svgref href="b"/>', 'include local svg b ?'],
    ['<link href="b.dita"/>', 'link local dita b.dita ?'],
    ['<longdescref href="b.dita"/>', 'longdescref local dita b.dita ?'],
    ['<data href="b.png"/>', 'data local png b.png ?'],
    ['<source href="b.png"/>', 'metadata local png b.png ?'],
    ['<lq href="b.png"/>', 'lq local png b.png ?'],
    ['<audio href="b.mp3"/>', 'media local mp3 b.mp3 ?'],
    ['<media-source value="b.mp3"/>', 'media local - b.mp3 ?'],
    ['<video poster="b.png"/>', 'media local - b.png ?'],
    ['<param valuetype="ref" value="b.swf"/>', 'object local - b.swf ?'],
    ['<image longdescref="b.txt"/>', 'longdescref local - b.txt ?'],
    ['<p conref="b.dita#t/p" scope="external"/>', 'conref local - b.dita#t/p ?'],
    ['<ph keyref=" k/e/f "/>', 'keyref - - k|e/f key'],
    ['<p conkeyref="k"/>', 'conkeyref - - k| key'],
    ['<p conrefend="b.dita#t/q"/>', 'conrefend local - b.dita#t/q ?'],
    ['<unheard-of href="b.dita"/>', 'other local dita b.dita ?'],
  ])('%s makes %s', (element, expected) => {
    expect(refs(topic(element))).toEqual([expected]);
  });

  it.each(['<cite href="b.dita"/>', '<image usemap="#m"/>', '<param value="b"/>', '<xref href="-dita-use-conref-target"/>', '<p conref=" -dita-use-conref-target "/>'])(
    '%s makes none',
    (element) => {
      expect(refs(topic(element))).toEqual([]);
    },
  );

  it('resolves what an object names against its codebase, and takes each token of an archive', () => {
    expect(refs(topic('<object data="my film.swf" archive=" b.jar c.jar" classid="d" codebase="lib/" datakeyref="k"><param valuetype="ref" value="p"/></object>'))).toEqual([
      'object local - lib/my film.swf ?',
      'object local - lib/d ?',
      'object local - lib/b.jar ?',
      'object local - lib/c.jar ?',
      'keyref - - k| key',
      'object local - p ?',
    ]);
  });

  it('does not check the end of a range beside a conkeyref', () => {
    expect(refs(topic('<p conkeyref="k/a" conrefend="none.dita#x/b"/>'))[0]).toBe('conrefend local - none.dita#x/b keyed');
  });

  it('decides references to the file itself, with "." for the topic that contains them', () => {
    const document = '<topic id="a"><title><xref href="#a"/><xref href="#./p"/></title><p id="p"/><topic id="b"><xref href="#."/><xref href="#./p"/><xref href="#p"/><xref href="a.dita#a/p"/><image href="#zz"/></topic></topic>';
    expect(extractSample('a.dita', document).refs.map((ref) => ref.status)).toEqual(['ok', 'ok', 'ok', 'missing-fragment', 'missing-fragment', 'ok', 'unverified-fragment']);
    expect(extractSample('a.dita', topic('<xref scope="peer" href="#none"/>')).refs[0]?.status).toBe('peer');
  });

  it('hands scope and format from link containers to links', () => {
    const links = '<related-links scope="peer" format="pdf"><linkpool format="html"><link href="a"/></linkpool><link href="b" scope="local"/><linklist><xref href="c"/></linklist></related-links>';
    expect(refs(`<topic id="t"><title>T</title>${links}</topic>`)).toEqual(['link peer html a ?', 'link local pdf b ?', 'xref local dita c ?']);
  });
});

describe('references and keys of maps (extraction.md, sections 7 and 9)', () => {
  it.each([
    ['<topicref href="b.dita"/>', 'topicref local dita b.dita ?'],
    ['<chapter href="b.dita"/>', 'topicref local dita b.dita ?'],
    ['<mapref href="b.xml"/>', 'mapref local ditamap b.xml ?'],
    ['<topicref href="b.ditamap"/>', 'mapref local ditamap b.ditamap ?'],
    ['<keydef keys="k" href="b.ditamap" format="ditamap"/>', 'mapref local ditamap b.ditamap ?'],
    ['<keydef keys="k" href="b.dita"/>', 'keydef local dita b.dita ?'],
    ['<ditavalref href="b"/>', 'ditavalref local ditaval b ?'],
    ['<anchorref href="b#x"/>', 'anchorref local ditamap b#x ?'],
    ['<navref mapref="b"/>', 'navref local ditamap b ?'],
    ['<topicref copy-to="c.dita"/>', 'copy-to local - c.dita copy-to'],
    ['<my-topicref href="b.dita"/>', 'topicref local dita b.dita ?'],
    ['<topicmeta><my-thing href="b.dita"/></topicmeta>', 'other local dita b.dita ?'],
    ['<title><xref href="b.dita"/></title>', 'xref local dita b.dita ?'],
  ])('%s makes %s', (element, expected) => {
    expect(mapRefs(element)).toEqual([expected]);
  });

  it('knows the anchorref of the root and which formats are defaults', () => {
    expect(mapRefs('', 'anchorref="b#x"')).toEqual(['anchorref local ditamap b#x ?']);
    const found = extractSample('a.ditamap', map('<mapref href="b"/><mapref href="b" format="ditamap"/>')).refs;
    expect(found.map((ref) => ref.defaulted)).toEqual([['format'], []]);
  });

  it('cascades scope and format from the closest container, never ditamap or ditaval, and not into topicmeta', () => {
    expect(
      mapRefs(
        '<topicgroup scope="peer" format="pdf"><topicref href="a"><topicref href="b" scope="local"/></topicref><mapref href="c"><topicref href="d"/></mapref><topicmeta><data href="e"/></topicmeta></topicgroup><my-group href="f" format="txt"><topicref href="g"/></my-group>',
        'scope="external"',
      ),
    ).toEqual(['topicref peer pdf a ?', 'topicref local pdf b ?', 'mapref peer ditamap c ?', 'topicref peer pdf d ?', 'data local dita e ?', 'topicref external txt - external', 'topicref external dita - external']);
  });

  it('inherits in a relationship table from cell, row, column and table, in this order', () => {
    const table =
      '<reltable scope="external" format="t"><relheader><relcolspec scope="peer" format="c0"/><relcolspec/></relheader><relrow><relcell><topicref href="a"/></relcell><relcell format="cell"><topicref href="b"/></relcell></relrow><relrow scope="local"><relcell><topicref href="c"/></relcell></relrow></reltable>';
    expect(mapRefs(table)).toEqual(['reltable peer c0 a ?', 'reltable external cell - external', 'reltable local c0 c ?']);
    const [ofColumn] = mapRefs(table.replace('<relcell>', '<relcell format="ditamap">'));
    expect(ofColumn).toBe('reltable peer c0 a ?');
  });

  it('records key definitions with role and text', () => {
    const { facts } = extractSample(
      'a.ditamap',
      map(
        '<keydef keys=" a  b " href="x.dita#t"><topicmeta><navtitle>nav</navtitle><linktext> link </linktext><keywords><keyword/></keywords></topicmeta></keydef><topicref keys="c" keyref="a" processing-role="resource-only"><topicref keys="d"><topicmeta><keywords><keyword>K<data>no</data></keyword><keyword>2</keyword></keywords><linktext>L</linktext></topicmeta></topicref></topicref><topicref keys="e" href="http://e.org/"/><topicref keys=" "/>',
      ),
    );
    expect(facts.keys.map(({ keys, href, target, fragment, scope, format, keyref, processingRole, text }) => [keys.join(), href, target, fragment, scope, format, keyref, processingRole, text])).toEqual([
      ['a,b', 'x.dita#t', '/content/dam/x.dita', 't', 'local', 'dita', null, 'resource-only', 'link'],
      ['c', null, null, null, 'local', null, 'a', 'resource-only', null],
      ['d', null, null, null, 'local', null, null, 'resource-only', 'K'],
      ['e', 'http://e.org/', null, null, 'external', 'html', null, 'normal', null],
    ]);
  });

  it('knows the text of a key by classes that are written out, as processors leave them', () => {
    const [key] = extractSample(
      'a.ditamap',
      map('<topicref keys="k"><topicmeta class="- map/topicmeta "><navtitle>nav</navtitle><linktext class="- map/linktext ">link</linktext></topicmeta></topicref>'),
    ).facts.keys;
    expect(key?.text).toBe('link');
  });
});

describe('DITAVAL (extraction.md, section 10)', () => {
  it('finds images on elements without a namespace', () => {
    expect(refs('<val><prop action="flag"><startflag imageref="a.png"/></prop><x:prop xmlns:x="u" img="no"/><revprop img="b.png"/></val>', 'a.ditaval')).toEqual(['image local - a.png ?', 'image local - b.png ?']);
  });
});
