import fc from 'fast-check';
import { extractWebSample, type WebSample } from '../../../../test/support/web-sample.js';
import { extractHtml } from './extract-html.js';

const html = (content: string | Uint8Array): WebSample => extractWebSample(extractHtml, 'page.html', content);

describe('HTML', () => {
  it('takes each element and attribute of the table, at the line of its tag', () => {
    const page = `<!DOCTYPE html><html lang="de-AT"><head>
<link rel="preload STYLESHEET" href="a.css"><link rel=icon href="b.ico">
<script src=c.js>"<a href='no.html'>"</script></head><body background="no.png">
<a href="d.html">x</a><map><area HREF=e.html></map>
<img
  src="f.png" alt="g.png"><input type=IMAGE src=h.png><input src=no.png>
<iframe src=i.html><a href=no.html></iframe><frame src=j.html>
<embed src=k><source src=l><track src=m><audio src=n></audio><video src=o poster=p></video><object data=q></object>`;
    expect(html(page).shown).toEqual([
      '2 link@href stylesheet a.css', '2 link@href html-link b.ico', '3 script@src script c.js', '4 a@href a d.html', '4 area@href a e.html',
      '5 img@src img f.png', '6 input@src img h.png', '7 iframe@src frame i.html', '7 frame@src frame j.html', '8 embed@src media k',
      '8 source@src media l', '8 track@src media m', '8 audio@src media n', '8 video@src media o', '8 video@poster media p', '8 object@data media q',
    ]);
  });

  it('reads all candidates of srcset, also with commas and parentheses in them', () => {
    const page = html('<img srcset=" a.png 1x, b,c.png 2x,d.png, e.png x(1,2) ,, data:image/png;base64,AA== 3x"><source srcset="f.webp">');
    expect(page.refs.map(({ kind, attribute, raw }) => [kind, attribute, raw].join(' '))).toEqual(
      ['a.png', 'b,c.png', 'd.png', 'e.png', 'data:image/png;base64,AA==', 'f.webp'].map((raw) => `img srcset ${raw}`),
    );
    expect(page.refs[4]?.status).toBe('external');
  });

  it('reads CSS in style attributes and style elements, at the line of the tag', () => {
    const page = html(`<p style="background: url('a.png'); content: 'url(no.png)'">\n<style>\n\n@import "b.css";\n/* url(no) */ i { cursor: url(c.cur) }</style>`);
    expect(page.shown).toEqual(['1 p@style css-url a.png', '2 style@style css-import b.css', '2 style@style css-url c.cur']);
  });

  it('keeps what an unfinished style sheet says', () => {
    expect(html('<style>a{background:url(a.png)}').shown).toEqual(['1 style@style css-url a.png']);
  });

  it('knows the attributes of HDITA', () => {
    const [conref, conkeyref, keyref] = html('<p data-conref="a.dita#t/p"><p data-conkeyref="k/e"><span data-keyref=" k "></span>').refs;
    expect(conref).toMatchObject({ kind: 'conref', attribute: 'data-conref', target: '/content/dam/docs/a.dita', fragment: 't/p', scope: 'local', status: null });
    expect(conkeyref).toMatchObject({ kind: 'conkeyref', key: 'k', keyElement: 'e', scope: null, target: null, status: 'key' });
    expect(keyref).toMatchObject({ kind: 'keyref', raw: ' k ', key: 'k', keyElement: null });
  });

  it('resolves against the first base href, except what is only a fragment', () => {
    const page = html('<img src=a.png><base target=x><base href="../img/x.html"><base href="/no/"><a href="b.html">1</a><a href="#f">2</a>');
    expect(page.refs.map(({ target, fragment, status }) => [target, fragment, status])).toEqual([
      ['/content/dam/img/a.png', null, null],
      ['/content/dam/img/b.html', null, null],
      ['/content/dam/docs/page.html', 'f', 'unverified-fragment'],
    ]);
  });

  it('decodes character references in attributes and titles', () => {
    const page = html('<title> A &amp; B\n&#x2014; C </title><h1>no</h1><a href="x&amp;y&#46;html">');
    expect([page.facts.title, page.refs[0]?.raw]).toEqual(['A & B — C', 'x&y.html']);
  });

  it('takes the first h1 where there is no title, without the titles of drawings', () => {
    const page = html('<svg><title>drawing</title></svg><title> </title><h1>The <em>first</em><script>x</script></h1><h1>second</h1>');
    expect(page.facts.title).toBe('The first');
  });

  it('gives nothing for comments, text areas and CDATA in drawings', () => {
    const page = html('<!-- <a href=no> --><textarea><a href=no></textarea><svg><![CDATA[<a href=no>]]></svg><a href=yes>');
    expect(page.shown).toEqual(['1 a@href a yes']);
  });

  it('is never judged, has no root and counts every kind of line end', () => {
    const page = html('<a\r\nhref=a>\r\r\n<a href=b>\n<a href="c');
    expect(page.shown).toEqual(['1 a@href a a', '4 a@href a b']);
    expect(page.facts).toMatchObject({ fileType: 'HTML/CSS', mimeType: 'text/html', wellFormed: null, error: null, rootElement: null, lang: null });
  });

  it.each([
    ['a BOM over a declaration', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<meta charset=latin1><title>ü€</title>', 'utf16le')]), 'ü€'],
    ['meta charset', Buffer.from('<meta charset="windows-1252"><title>\u0093\u00fc\u0094</title>', 'latin1'), '“ü”'],
    ['meta http-equiv', Buffer.from('<meta http-equiv=Content-Type content="text/html; charset=iso-8859-2"><title>\u00b1</title>', 'latin1'), 'ą'],
    ['the XML declaration', Buffer.from('<?xml version="1.0" encoding="iso-8859-1"?><title>\u00fc</title>', 'latin1'), 'ü'],
    ['UTF-8 for a declaration that contradicts itself', Buffer.from('<meta charset=utf-16><title>ü</title>'), 'ü'],
    ['UTF-8 for an unknown name', Buffer.from('<meta charset=klingon><title>ü</title>'), 'ü'],
    ['UTF-8 beyond 1024 bytes', Buffer.from(`${' '.repeat(1024)}<meta charset=latin1><title>ü</title>`), 'ü'],
  ])('decodes by %s', (_, bytes, title) => {
    expect(html(bytes).facts.title).toBe(title);
  });

  it('reads a hundred thousand URLs of one style sheet', () => {
    expect(html(`<style>${'a{b:url(c)}'.repeat(100_000)}</style>`).refs).toHaveLength(100_000);
  });

  it('never fails, whatever the bytes', () => {
    const piece = fc.constantFrom('<', '>', '</', '<!--', '-->', '<a href=', '"', "'", '<style>', '@import', 'url(', '<svg>', '<![CDATA[', '&#', ';', '<title>', '<base href=', ' srcset=', '\0', '\r', '€', ',');
    fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => void html(pieces.join(''))), { numRuns: 500 });
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void html(bytes)), { numRuns: 500 });
  });
});
