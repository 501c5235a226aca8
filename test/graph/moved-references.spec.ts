import { resolveUriReference } from '../../src/modules/pipeline/uri-reference.js';
import { type MovedReference, retargeted } from '../../src/repository/moves/retargeted.js';

const OLD = '/content/dam/a/b/old.dita';
const NEW = '/content/dam/c/new.dita';

function moved(raw: string, reference: Partial<MovedReference>, newPath = NEW) {
  return retargeted({ raw, scope: 'local', target: null, status: 'ok', ...reference }, OLD, newPath, resolveUriReference);
}

describe('a reference of a moved file', () => {
  it.each([
    ['t.dita', '/content/dam/a/b/t.dita', '/content/dam/c/t.dita'],
    ['../t.dita#x', '/content/dam/a/t.dita', '/content/dam/t.dita'],
    ['../b/./t%20t.dita?q', '/content/dam/a/b/t t.dita', '/content/dam/b/t t.dita'],
    ['..\\..\\t.dita', '/content/dam/t.dita', null],
  ])('%s leads from %s to %s, for the repository to confirm', (raw, before, after) => {
    expect(moved(raw, { target: before })).toEqual({ target: after, status: after === null ? 'outside-root' : null });
  });

  it('that led outside may lead inside from a deeper place', () => {
    expect(moved('../../../t.dita', { status: 'outside-root' }, '/content/dam/d/e/f/g.dita')).toEqual({ target: '/content/dam/t.dita', status: null });
  });

  it('that begins at the root stays as it is, unless it led to the file itself', () => {
    expect(moved('/content/dam/t.dita', { target: '/content/dam/t.dita' })).toBeNull();
    expect(moved(OLD, { target: OLD })).toEqual({ target: OLD, status: null });
  });

  it.each(['#./p', '#nothing', './old.dita', '?q#x'])('to itself, %s, goes on as what it was found to be where its name still fits', (raw) => {
    const stillItself = raw.includes('old') ? { target: '/content/dam/c/old.dita', status: null } : { target: NEW, status: 'missing-fragment' };
    expect(moved(raw, { target: OLD, status: 'missing-fragment' })).toEqual(stillItself);
    expect(moved(raw, { target: OLD, status: 'missing-fragment' }, '/content/dam/c/old.dita')).toEqual({ target: '/content/dam/c/old.dita', status: 'missing-fragment' });
  });

  it.each(['copy-to', 'keyed'] as const)('that is %s wherever it leads stays so', (status) => {
    expect(moved('t.dita', { target: '/content/dam/a/b/t.dita', status })).toEqual({ target: '/content/dam/c/t.dita', status });
  });

  it('with a base of its own waits until the file is read again', () => {
    expect(moved('t.html', { target: '/content/dam/base/t.html' })).toBeNull();
  });

  it('follows to another root', () => {
    expect(moved('/content/dam/t.dita', { target: '/content/dam/t.dita' }, '/other/x.dita')).toEqual({ target: null, status: 'outside-root' });
  });
});
