import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { DEFAULT_EXTRACTION_LIMITS } from '../../../contracts/pipeline.js';
import { filesBelow } from '../../../../test/support/files-below.js';
import { scanOrdinaryXml } from './ordinary-xml.js';
import { StrictXml } from './strict-xml.js';
import { XmlError } from './xml-error.js';
import type { Begin } from './xml-events.js';

const SAMPLES = join(process.cwd(), 'samples');
const RUNS = Number(process.env.XML_RUNS ?? 3000);

/** Everything that a listener is told, from the last beginning on. */
function told(read: (begin: Begin) => number | null): { unresolved: number | null; events: unknown[] } {
  let events: unknown[] = [];
  const begin: Begin = (root, prolog) => {
    let depth = 0;
    events = [['begin', root.name, { ...root.attributes }, { ...prolog, models: [...prolog.models] }]];
    return {
      // Nobody wants the white space behind the root.
      get wantsText() {
        return depth > 0;
      },
      open: (name, attributes, { line }) => {
        depth++;
        events.push(['open', name, { ...attributes }, line]);
      },
      close: () => {
        depth--;
        events.push(['close']);
      },
      text: (text) => events.push(['text', text]),
    };
  };
  const unresolved = read(begin);
  return { unresolved, events };
}

const limits = { ...DEFAULT_EXTRACTION_LIMITS, maxElementDepth: 50 };
const fast = (text: string) => told((begin) => scanOrdinaryXml(text, limits, begin));
function strict(text: string): ReturnType<typeof told> | 'refused' {
  try {
    return told((begin) => new StrictXml(limits, begin).read(text));
  } catch (error) {
    if (error instanceof XmlError) return 'refused';
    throw error;
  }
}

/** Pieces that break documents, or make them unusual. */
const PIECES = [
  '<', '>', '/', '"', "'", '=', '&', ';', '&amp;', '&lt;', '&#65;', '&#x0;', '&#xD800;', '&#x10FFFF;', '&nbsp;', '&unknown;', '&#13;', ']]>', ']]', '<![CDATA[', '<!--', '-->', '--',
  '<?', '?>', '<?pi x?>', '<?xml version="1.0"?>', '<?XML x?>', '<!DOCTYPE topic>', '<!DOCTYPE topic [<!ENTITY e "v">]>', '\r\n', '\r', '\n', '\t', ' ', '\u0000', '\u0001', '\u0085', '\u2028',
  '\ufeff', '\ufffe', '\uffff', 'é', '日', '😀', 'a="1"', ' a="1"', ' __proto__="x"', ' constructor="x"', ' id="b"', 'xmlns:x="y"', '<a>', '</a>', '<a/>', '<é/>', ':', '-', '.', '1', '/>', '<p', '</p>', '</ph >', '<ph\n>',
];

const document = fc.constantFrom(
  '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE topic PUBLIC "-//OASIS//DTD DITA Topic//EN" "topic.dtd">\n<topic id="t"><title>A &amp; b</title>\n<body><p a=\'x"y\'>t<ph/>u</p><![CDATA[<x>]]></body></topic>\n',
  "<?xml-model href='urn:x.rng'?><!-- c --><map title='m'>\n  <topicref href=\"a.dita\"\n   keys='k'/></map><?end?>",
  '<val>\r\n<prop action="include" att="a&#10;b"/>\r\n</val>',
);

const mutated = fc
  .tuple(document, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 4 }), fc.constantFrom('', ...PIECES)), { maxLength: 4 }))
  .map(([text, changes]) => {
    for (const [place, removed, piece] of changes) {
      const at = place % (text.length + 1);
      text = text.slice(0, at) + piece + text.slice(at + removed);
    }
    // Decoded text, which this is given, has no half characters.
    return Buffer.from(text, 'utf8').toString('utf8');
  });

describe('the fast way through ordinary documents', () => {
  it(`says what saxes says, or nothing, of ${RUNS} damaged documents`, () => {
    let taken = 0;
    fc.assert(
      fc.property(mutated, (text) => {
        const found = fast(text);
        if (found.unresolved === null) return;
        taken++;
        expect(found).toEqual(strict(text));
      }),
      { numRuns: RUNS },
    );
    expect(taken).toBeGreaterThan(RUNS / 20);
  });

  it('takes every well-formed sample without declarations of its own, and says what saxes says', () => {
    const files = filesBelow(SAMPLES).filter((file) => /\.(dita|ditamap|ditaval|xml)$/.test(file));
    const results = files.map((file) => {
      const text = readFileSync(file, 'utf8');
      const found = fast(text);
      const reference = strict(text);
      if (found.unresolved !== null) expect(found).toEqual(reference);
      return { isOrdinary: reference !== 'refused' && !/<!(ENTITY|ATTLIST)/.test(text), taken: found.unresolved !== null };
    });
    expect(results.length).toBeGreaterThan(5);
    for (const { isOrdinary, taken } of results) expect(taken).toBe(isOrdinary);
  });

  it.each([
    ['an internal subset', '<!DOCTYPE a [<!ENTITY e "v">]><a>&e;</a>'],
    ['a name that is not ASCII', '<é/>'],
    ['XML 1.1', '<?xml version="1.1"?><a/>'],
    ['an attribute that stands twice', '<a b="1" b="2"/>'],
    ['an attribute that every object has', '<a constructor="1"/>'],
    ['nesting beyond the limit', '<a>'.repeat(51) + '</a>'.repeat(51)],
    ['text behind the root', '<a/>x'],
    ['no root', '<!-- -->'],
  ])('leaves %s to saxes', (_, text) => {
    expect(fast(text).unresolved).toBeNull();
  });
});
