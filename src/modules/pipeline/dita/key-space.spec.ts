import { extractSample, SAMPLE_ROOT } from '../../../../test/support/dita-sample.js';
import { MemoryKeySpaceFiles } from '../../../../test/support/memory-key-space-files.js';
import { settleFolder } from '../../../../test/support/settled-folder.js';
import type { KeySpaceReport } from '../../../contracts/key-space.js';
import { reportKeySpace } from './key-space-references.js';
import { loadKeySpace } from './key-space.js';

/** Key space of `root.ditamap` among these documents, with paths relative to the root. */
async function keySpace(documents: Record<string, string>): Promise<KeySpaceReport> {
  const extracted = new Map(
    Object.entries(documents).map(([name, document]) => {
      const path = `${SAMPLE_ROOT}/${name}`;
      return [path, { path, ...extractSample(name, document) }];
    }),
  );
  const files = new MemoryKeySpaceFiles(settleFolder(extracted));
  const report = await reportKeySpace(await loadKeySpace(files, `${SAMPLE_ROOT}/root.ditamap`), files);
  expect(files.largestRequest).toBeLessThanOrEqual(200);
  return JSON.parse(JSON.stringify(report).replaceAll(`"${SAMPLE_ROOT}/`, '"')) as KeySpaceReport;
}

/** `key=target` of one scope. */
function keys(report: KeySpaceReport, id = 0): string[] {
  return Object.entries(report.scopes[id]?.keys ?? {}).map(([key, binding]) => `${key}=${binding.target ?? (binding.cyclic ? 'cyclic' : '-')}`);
}

function resolved(report: KeySpaceReport): string[] {
  return report.refs.map((ref) => `${ref.raw}@${ref.scopeId} ${ref.status} ${ref.target ?? '-'}${ref.fragment === null ? '' : `#${ref.fragment}`}${ref.hasFallback ? ' +' : ''}`);
}

const topic = '<topic id="t"><title>T</title><body><p id="p"/></body><topic id="inner"><title>I</title><p id="q"/></topic></topic>';
const map = (content: string, attributes = ''): string => `<map id="m" ${attributes}>${content}</map>`;
const def = (names: string, target: string, more = ''): string => `<keydef keys="${names}" href="${target}" ${more}/>`;

describe('key spaces (extraction.md, section 9)', () => {
  it('lets the shallowest map win, then document order', async () => {
    const report = await keySpace({
      'root.ditamap': map(`<mapref href="one.ditamap"/><mapref href="two.ditamap"/>${def('a', 'root.dita')}${def('a', 'late.dita')}`),
      'one.ditamap': map(`<mapref href="deep.ditamap"/>${def('a b', 'one.dita')}`),
      'two.ditamap': map(def('b c', 'two.dita')),
      'deep.ditamap': map(def('c d', 'deep.dita')),
    });
    expect(keys(report)).toEqual(['a=root.dita', 'b=one.dita', 'c=two.dita', 'd=deep.dita']);
    expect(report.maps).toEqual(['deep.ditamap', 'one.ditamap', 'root.ditamap', 'two.ditamap']);
  });

  it('cuts loops, expands neither peers nor what is broken, and takes only the branch that a fragment names', async () => {
    const report = await keySpace({
      'root.ditamap': map('<mapref href="loop.ditamap"/><mapref href="peer.ditamap" scope="peer"/><mapref href="gone.ditamap"/><mapref href="parts.ditamap#branch"/><mapref href="whole.ditamap#m"/>'),
      'loop.ditamap': map(`${def('l', 'l.dita')}<mapref href="root.ditamap"/>`),
      'peer.ditamap': map(def('p', 'p.dita')),
      'parts.ditamap': map(`${def('outside', 'x.dita')}<topicgroup id="branch">${def('inside', 'y.dita')}</topicgroup>${def('behind', 'x.dita')}`),
      'whole.ditamap': map(def('w', 'w.dita')),
    });
    expect(keys(report)).toEqual(['inside=y.dita', 'l=l.dita', 'w=w.dita']);
    expect(report.maps).not.toContain('peer.ditamap');
  });

  it('gives a nested scope the keys of its parent first, and the parent those of the scope under its names', async () => {
    const report = await keySpace({
      'root.ditamap': map(`<topicgroup keyscope="s1 s2">${def('a own', 'inner.dita')}<topicgroup keyscope="n">${def('deep', 'deep.dita')}</topicgroup></topicgroup>${def('a s1.own', 'outer.dita')}`),
    });
    expect(report.scopes.map(({ id, names, parent }) => [id, names, parent])).toEqual([[0, [], null], [1, ['s1', 's2'], 0], [2, ['n'], 1]]);
    expect(keys(report)).toEqual([
      'a=outer.dita', 's1.a=inner.dita', 's1.n.deep=deep.dita', 's1.own=inner.dita', 's2.a=inner.dita', 's2.n.deep=deep.dita', 's2.own=inner.dita',
    ]);
    expect(keys(report, 1)).toEqual(expect.arrayContaining(['a=outer.dita', 'own=inner.dita', 'n.deep=deep.dita']));
    expect(keys(report, 2)).toEqual(expect.arrayContaining(['a=outer.dita', 'own=inner.dita', 'deep=deep.dita']));
  });

  it('makes one scope of a map reference and the root it refers to, with both sets of names', async () => {
    const report = await keySpace({
      'root.ditamap': map('<mapref href="sub.ditamap" keyscope="A" keys="ref"/>'),
      'sub.ditamap': map(def('k', 'k.dita'), 'keyscope="B A"'),
    });
    expect(report.scopes.map(({ names, definedBy }) => [names, definedBy.path])).toEqual([[[], 'root.ditamap'], [['A', 'B'], 'root.ditamap']]);
    expect(keys(report)).toEqual(['A.k=k.dita', 'A.ref=sub.ditamap', 'B.k=k.dita', 'B.ref=sub.ditamap']);
  });

  it('opens a scope for the root of a submap whose reference names none', async () => {
    const report = await keySpace({ 'root.ditamap': map('<mapref href="sub.ditamap"/>'), 'sub.ditamap': map(def('k', 'k.dita'), 'keyscope="B"') });
    expect([report.scopes.map(({ names }) => names), keys(report), keys(report, 1)]).toEqual([[[], ['B']], ['B.k=k.dita'], ['B.k=k.dita', 'k=k.dita']]);
  });

  it('encloses the keyscope of the root map in an unnamed scope', async () => {
    const report = await keySpace({ 'root.ditamap': map(`${def('k', 't.dita')}<topicref keyref="r.k"/><topicref keyref="k"/>`, 'keyscope="r"'), 't.dita': topic });
    expect([keys(report), keys(report, 1)]).toEqual([['r.k=t.dita'], ['k=t.dita', 'r.k=t.dita']]);
    expect(resolved(report)).toEqual(['r.k@1 ok t.dita', 'k@1 ok t.dita']);
  });

  it('ignores the keyscope of an element that only stands for a topicref', async () => {
    const report = await keySpace({ 'root.ditamap': map('<my-ref keys="k" href="t.dita" keyscope="no"/>'), 't.dita': topic });
    expect([report.scopes.length, keys(report)]).toEqual([1, ['k=t.dita']]);
  });

  it('follows keyrefs of definitions where they stand, and finds cycles', async () => {
    const report = await keySpace({
      'root.ditamap': map(
        `${def('base', 't.dita#inner')}<keydef keys="x" keyref="base" href="no.dita"/><keydef keys="y" keyref="x/z"/><keydef keys="c1" keyref="c2"/><keydef keys="c2" keyref="c1"/><keydef keys="empty"/><keydef keys="e" keyref="empty" href="no.dita"/><keydef keys="lost" keyref="nokey" href="t.dita"/><topicgroup keyscope="s">${def('base', 'other.dita')}<keydef keys="z" keyref="base"/></topicgroup>`,
      ),
      't.dita': topic,
    });
    expect(keys(report)).toEqual(expect.arrayContaining(['x=t.dita', 'y=t.dita', 'c1=cyclic', 'c2=cyclic', 'e=-', 'lost=t.dita', 's.z=t.dita', 's.base=other.dita']));
    expect(report.scopes[0]?.keys['y']).toMatchObject({ definedIn: 'root.ditamap', href: 't.dita#inner', fragment: 'inner', format: 'dita' });
  });

  it('resolves the key references of maps and of the topics in each scope', async () => {
    const user =
      '<topic id="u"><title>U</title><body><xref keyref="k"/><xref keyref="k/p"/><xref keyref="k/zz"/><xref keyref="in/q"/><xref keyref="in"/><xref keyref="m/branch"/><xref keyref="site/x"/><xref keyref="gone/x"/><xref keyref="word"/><xref keyref="none" href="a.dita"/><p conkeyref="none/p" conref="a.dita#t/p"/><xref keyref="loop"/><xref keyref="img/x"/></body></topic>';
    const report = await keySpace({
      'root.ditamap': map(
        `${def('k', 't.dita')}${def('in', 't.dita#inner')}${def('m', 'sub.ditamap')}${def('site', 'http://e.org/')}${def('gone', 'gone.dita')}<keydef keys="word"/><keydef keys="loop" keyref="loop"/>${def('img', 'i.txt', 'format="txt"')}<topicgroup id="branch"><topicref href="user.dita"/></topicgroup><topicref keyscope="s" href="user.dita"/>`,
      ),
      'sub.ditamap': map('<topicref id="branch"/>'),
      't.dita': topic,
      'user.dita': user,
      'i.txt': '',
    });
    expect(report.topics).toEqual([{ path: 't.dita', scopeIds: [0] }, { path: 'user.dita', scopeIds: [0, 1] }]);
    expect(resolved(report).filter((ref) => ref.includes('@0') && !ref.startsWith('loop@0 cyclic - x'))).toEqual([
      'loop@0 cyclic -',
      'k@0 ok t.dita',
      'k/p@0 ok t.dita#t/p',
      'k/zz@0 missing-fragment t.dita#t/zz',
      'in/q@0 ok t.dita#inner/q',
      'in@0 ok t.dita#inner',
      'm/branch@0 ok sub.ditamap#branch',
      'site/x@0 external -',
      'gone/x@0 missing-file gone.dita',
      'word@0 no-target -',
      'none@0 unresolved - +',
      'none/p@0 unresolved - +',
      'loop@0 cyclic -',
      'img/x@0 unverified-fragment i.txt#x',
    ]);
    expect(resolved(report).filter((ref) => ref.includes('@1'))).toHaveLength(13);
  });

  it('takes a topic by its keyref before its href, and none that only an xref or conref names', async () => {
    const report = await keySpace({
      'root.ditamap': map(`<topicref keyref="k" href="b.dita"/><topicref keyref="nokey" href="c.dita"/><topicref href="http://e.org/"/>${def('k', 'a.dita')}<topicmeta><navtitle><xref href="d.dita"/></navtitle></topicmeta>`),
      'a.dita': topic,
      'b.dita': topic,
      'c.dita': topic,
      'd.dita': topic,
    });
    expect(report.topics.map(({ path }) => path)).toEqual(['a.dita', 'c.dita']);
  });

  it('takes no topic by the keyref of what is no reference to topics: the map itself, its tables, filters and anchors', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const report = await keySpace({
      'root.ditamap': map(`${names.map((name) => def(name, `${name}.dita`)).join('')}<mapref href="sub.ditamap" keyscope="s"/>`),
      'sub.ditamap': map(
        '<ditavalref keyref="a"/><anchorref keyref="b"/><reltable keyref="c"><relrow><relcell><topicref keyref="d"/></relcell></relrow></reltable><mapref keyref="e"/>',
        'keyref="f"',
      ),
      ...Object.fromEntries(names.map((name) => [`${name}.dita`, topic])),
    });
    expect(report.topics.filter(({ scopeIds }) => scopeIds.includes(1)).map(({ path }) => path)).toEqual(['d.dita', 'e.dita']);
    expect(resolved(report).map((ref) => ref.split('@')[0])).toEqual(['f', 'a', 'b', 'c', 'd', 'e']);
  });

  it('resolves key references inside topicmeta in the scope of their topicref', async () => {
    const report = await keySpace({
      'root.ditamap': map(`<topicgroup keyscope="s">${def('k', 't.dita')}<topicref><topicmeta><navtitle><keyword keyref="k"/></navtitle></topicmeta></topicref></topicgroup><topicmeta><navtitle><keyword keyref="k"/></navtitle></topicmeta>`),
      't.dita': topic,
    });
    expect(resolved(report)).toEqual(['k@0 unresolved -', 'k@1 ok t.dita']);
  });

  it('knows no maps that only the rest of a map includes, where a fragment selects a branch', async () => {
    const report = await keySpace({
      'root.ditamap': map('<mapref href="sub.ditamap#branch"/>'),
      'sub.ditamap': map(`<mapref href="other.ditamap"/><topicgroup id="branch">${def('k', 'k.dita')}</topicgroup>`),
      'other.ditamap': map(def('no', 'no.dita')),
    });
    expect([report.maps, keys(report)]).toEqual([['root.ditamap', 'sub.ditamap'], ['k=k.dita']]);
  });

  it('has no scopes for a map that is not well-formed or not there', async () => {
    expect((await keySpace({ 'root.ditamap': '<map>' })).scopes).toEqual([]);
    expect((await keySpace({})).scopes).toEqual([]);
  });

  it('survives maps that include each other many times over', async () => {
    const documents: Record<string, string> = { 'root.ditamap': map('<mapref href="m1.ditamap" keyscope="a"/><mapref href="m1.ditamap" keyscope="b"/>') };
    for (let i = 1; i < 12; i++) documents[`m${i}.ditamap`] = map(`<mapref href="m${i + 1}.ditamap"/><mapref href="m${i + 1}.ditamap"/>`);
    documents['m12.ditamap'] = map(def('k', 'k.dita'));
    expect(keys(await keySpace(documents))).toEqual(['a.k=k.dita', 'b.k=k.dita']);
  });

  it('holds the fifty thousand keys of one map', async () => {
    const definitions = Array.from({ length: 50_000 }, (_, i) => `<keydef keys="k${i}" href="t.dita"/>`).join('');
    const path = `${SAMPLE_ROOT}/root.ditamap`;
    const files = new MemoryKeySpaceFiles(settleFolder(new Map([[path, { path, ...extractSample('root.ditamap', map(definitions)) }]])));
    const space = await loadKeySpace(files, path);
    const [scope] = space.scopes;
    expect(scope && space.find(scope, 'k49999')?.definition.line).toBe(1);
    expect(space.isComplete).toBe(true);
  });
});
