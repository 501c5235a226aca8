import fc from 'fast-check';
import { extractWebSample, type WebSample } from '../../../../test/support/web-sample.js';
import { extractCss } from './extract-css.js';

const css = (content: string | Uint8Array): WebSample => extractWebSample(extractCss, 'style.css', content);

describe('CSS', () => {
  it('takes url() and @import in all their spellings, at their lines', () => {
    const sheet = `@import "a.css" screen;\r\n@IMPORT url(b.css);@import/**/url( 'c.css' ) layer(x);
p { background: URL( d.png ), url("e.png"); }\r@font-face { src: url(f.woff2) format("woff2"), local("no") }`;
    expect(css(sheet).shown).toEqual([
      '1 css@url css-import a.css', '2 css@url css-import b.css', '2 css@url css-import c.css',
      '3 css@url css-url d.png', '3 css@url css-url e.png', '4 css@url css-url f.woff2',
    ]);
  });

  it('decodes escapes', () => {
    expect(css(String.raw`a{b:url(my\ file\29.png);c:url("\65 \"x\".png")}`).refs.map((ref) => ref.raw)).toEqual(['my file).png', 'e"x".png']);
  });

  it('gives nothing for comments, strings, broken URLs and other at-rules', () => {
    expect(css('/* url(a) @import "b" */ p::after{content:"url(c)";d:url(e f)} @charset "utf-8"; @media "x" {} @imported "y"').shown).toEqual([]);
  });

  it('resolves without format; a fragment is not verified before the target is known', () => {
    const [local, external, own] = css('a{b:url(../img/x.svg#g);c:url(//cdn/x);d:url(#own)}').refs;
    expect(local).toMatchObject({ target: '/content/dam/img/x.svg', fragment: 'g', format: null, scope: 'local', status: null });
    expect(external).toMatchObject({ target: null, scope: 'external', status: 'external' });
    expect(own).toMatchObject({ target: '/content/dam/docs/style.css', fragment: 'own', status: 'unverified-fragment' });
  });

  it('decodes by BOM, then @charset, then UTF-8', () => {
    const bytes = (text: string, encoding: BufferEncoding): Buffer => Buffer.from(text, encoding);
    expect(css(bytes('@charset "iso-8859-1";a{b:url(ü.png)}', 'latin1')).refs[0]?.raw).toBe('ü.png');
    expect(css(bytes('\ufeff@charset "iso-8859-1";a{b:url(ü.png)}', 'utf8')).refs[0]?.raw).toBe('ü.png');
    expect(css(bytes('\ufeffa{b:url(ü.png)}', 'utf16le')).refs[0]?.raw).toBe('ü.png');
  });

  it('never fails, whatever the text', () => {
    const piece = fc.constantFrom('url(', ')', '"', "'", '@import', '\\', '/*', '*/', '{', '}', '\n', '<!--', '\0');
    fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (pieces) => void css(pieces.join(''))), { numRuns: 1000 });
  });
});
