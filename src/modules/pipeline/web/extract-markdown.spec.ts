import fc from 'fast-check';
import { extractWebSample, type WebSample } from '../../../../test/support/web-sample.js';
import { extractMarkdown } from './extract-markdown.js';

const markdown = (content: string | Uint8Array): WebSample => extractWebSample(extractMarkdown, 'page.md', content);

describe('Markdown', () => {
  it('takes links and images, inline, by reference and as autolinks, at the line of the opening bracket', () => {
    const page = `[inline](a.md "t") ![image](<b c.png>)
[full
text][Def], [def], [def][]
![pic][def] <https://x.org/?a&b> <me@x.org>

[DEF]: d.md#f
[def]: second.md
[unused]: no.md`;
    expect(markdown(page).shown).toEqual([
      '1 link@inline md-link a.md', '1 image@inline md-image b c.png',
      '2 link@reference md-link d.md#f', '3 link@reference md-link d.md#f', '3 link@reference md-link d.md#f',
      '4 image@reference md-image d.md#f', '4 link@autolink md-link https://x.org/?a&b', '4 link@autolink md-link mailto:me@x.org',
    ]);
  });

  it('decodes backslashes and character references, not percent escapes', () => {
    const [ref] = markdown(String.raw`[x](a\)b&amp;c%20d.md)`).refs;
    expect(ref).toMatchObject({ raw: 'a)b&c%20d.md', target: '/content/dam/docs/a)b&c d.md', format: null, status: null });
  });

  it('reports an image inside a link after the link', () => {
    expect(markdown('[![in](b.png)](a.md)').shown).toEqual(['1 link@inline md-link a.md', '1 image@inline md-image b.png']);
  });

  it('gives nothing for code, escaped brackets, lone brackets and comments', () => {
    expect(markdown('`[a](no)` \\[b](no) [lone] [lone][]\n\n    [c](no)\n\n~~~\n[d](no)\n~~~\n\n<!-- [e](no)\n\n<a href=no> -->').shown).toEqual([]);
  });

  it('reads raw HTML with the rules of HTML, at its own lines', () => {
    expect(markdown('> <div>\n> <img src=a.png></div>\n\ntext <a\nhref=b.html>x</a>').shown).toEqual(['2 img@src img a.png', '4 a@href a b.html']);
  });

  it.each([
    ['[text][key]', ['link key key -']],
    ['![alt][a/b/c]', ['image a/b/c a b/c']],
    ['[one *two*][k1] and [three][k2]', ['link k1 k1 -', 'link k2 k2 -']],
    ['[text][my_key_name] x_', ['link my_key_name my_key_name -']],
    ['[text][ ]', []],
    ['[text][a\nb]', []],
    ['[key]', []],
    ['[text] [key]', []],
    ['`[text][key]`', []],
    [String.raw`\[text][key]`, []],
    [String.raw`[text\][key]`, []],
    ['[text][defined]\n\n[defined]: a.md', []],
  ])('reads keys of MDITA in %j', (source, expected) => {
    const keys = markdown(source).refs.filter((ref) => ref.kind === 'keyref');
    expect(keys.map((ref) => `${ref.element} ${ref.raw} ${String(ref.key)} ${ref.keyElement ?? '-'}`)).toEqual(expected);
    expect(keys.every((ref) => ref.status === 'key' && ref.attribute === 'reference')).toBe(true);
  });

  it('leaves links around and after a key as CommonMark reads them', () => {
    expect(markdown('[outer [in][key] text](a.md) [b](b.md) *c [d][e* f] g* ![h [i][j]](k.png)').shown).toEqual([
      '1 link@inline md-link a.md', '1 link@reference keyref key', '1 link@inline md-link b.md', '1 link@reference keyref e* f', '1 image@inline md-image k.png',
    ]);
  });

  it.each([
    ['---\ntitle: "Front"\nauthor: [Ann, Bob]\n---\n# No', 'Front', ['Ann', 'Bob']],
    ['\ufeff---\r\n$title: 2024-01-01\r\nauthor: Ann\r\n---\r\n', '2024-01-01', ['Ann']],
    ['---\n: [bad\n---\n# Heading', 'Heading', []],
    ['---\ntitle:\n  deep: x\n---\n# Heading', 'Heading', []],
    ['---\ntitle: never closed\n', null, []],
    ['text\n\n# The `code`, ![alt](a.png) and [link](b.md) {#id .c}\n# Second', 'The code, alt and link', []],
    ['Setext\n===\n', 'Setext', []],
    ['# {#only-attributes}', null, []],
    ['no heading', null, []],
  ])('takes title and authors of %j', (source, title, authors) => {
    const { facts } = markdown(source);
    expect([facts.title, facts.metadata.authors]).toEqual([title, authors]);
  });

  it('counts the lines of front matter', () => {
    expect(markdown('---\ntitle: x\n---\n\n[a](b.md)\n').shown).toEqual(['5 link@inline md-link b.md']);
  });

  it('is never judged and never fails for its bytes', () => {
    const { facts, shown } = markdown(Buffer.from([0x5b, 0x61, 0x5d, 0x28, 0xff, 0x29]));
    expect([facts.fileType, facts.mimeType, facts.wellFormed, facts.error, shown]).toEqual(['MARKDOWN', 'text/markdown', null, null, ['1 link@inline md-link \ufffd']]);
    expect(markdown('').refs).toEqual([]);
  });

  it('survives an alias bomb in its front matter', () => {
    const levels = Array.from({ length: 20 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(',')}]`);
    expect(markdown(`---\nl0: &l0 x\n${levels.join('\n')}\ntitle: *l20\n---\n# Safe`).facts.title).toBe('Safe');
  });

  it('reads links nested in deep quotes and lists', () => {
    expect(markdown(`${'> '.repeat(300)}[a](b.md)`).shown).toEqual(['1 link@inline md-link b.md']);
  });

  it('never fails, whatever the text', () => {
    const piece = fc.constantFrom('[', ']', '](', ')', '![', '][', '*', '_', '`', '\n', '\n\n', '> ', '- ', '    ', '<a href=', '>', '<', '# ', '---\n', '[a]: b\n', '\\', '&amp;', '\t', '\0');
    fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 }), (pieces) => void markdown(pieces.join(''))), { numRuns: 1000 });
  });

  it('reads CommonMark as before where no label is unknown', () => {
    const piece = fc.constantFrom('[', ']', '![', '*', 'x', '[x](y)', '[x][d]', '[d]', ' ', '\n');
    const links = (source: string): string[] => markdown(source).shown.filter((ref) => !ref.includes('keyref'));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const text = pieces.join('');
        expect(links(`${text} [t][key]\n\n[d]: e.md\n`)).toEqual(links(`${text}\n\n[d]: e.md\n`));
      }),
      { numRuns: 500 },
    );
  });
});
