import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, RepositoryUnavailableError } from './contracts/errors.js';
import { ensureWritable } from './data-dir.js';
import { loadSettings } from './settings.js';
import { startupFailure, withoutPassword } from './startup-failure.js';

const settings = loadSettings({ DATABASE_URL: 'mysql://guides:se@cr:et@db:3306/guides?ssl=true', PORT: '80' });

describe('startupFailure', () => {
  it.each([
    ['a wrong setting', new ConfigurationError('a.yaml: x\nmust be y.'), 'Configuration: a.yaml: x must be y.'],
    ['a port in use', systemError('EADDRINUSE', 'listen'), 'Port 80 on 127.0.0.1 is in use; stop what listens there or set PORT.'],
    ['a privileged port', systemError('EACCES', 'listen'), 'Port 80 on 127.0.0.1 may not be used by this user; set PORT.'],
    ['an address of others', systemError('EADDRNOTAVAIL', 'listen'), '127.0.0.1 is no address of this machine; set HOST.'],
    [
      'a database that does not answer',
      new RepositoryUnavailableError('connect ECONNREFUSED'),
      'The database mysql://guides@db:3306/guides cannot be reached: connect ECONNREFUSED',
    ],
    [
      'a database whose addresses all refuse',
      new RepositoryUnavailableError('', { cause: new AggregateError([new Error('connect ECONNREFUSED ::1:3306')]) }),
      'The database mysql://guides@db:3306/guides cannot be reached: connect ECONNREFUSED ::1:3306',
    ],
  ])('says in one line what is wrong with %s', (_what, error, line) => {
    expect(startupFailure(error, settings)).toBe(line);
  });

  it('has nothing to say of an error that nobody foresaw', () => {
    expect(startupFailure(new TypeError('x is not a function'), settings)).toBeNull();
    expect(startupFailure(systemError('EACCES', 'open'), settings)).toBeNull();
  });
});

describe('withoutPassword', () => {
  it.each([
    ['sqlite:/data/guides.sqlite', 'sqlite:/data/guides.sqlite'],
    ['mariadb://guides@db/guides', 'mariadb://guides@db/guides'],
    ['mariadb://guides:a:b/c@d@db/guides?x=y', 'mariadb://guides@db/guides'],
  ])('%s → %s', (url, shown) => {
    expect(withoutPassword(url)).toBe(shown);
  });
});

describe('ensureWritable', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'guides-data-'));
  });
  afterEach(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });

  it('makes the folder and leaves nothing in it', () => {
    ensureWritable(join(folder, 'a', 'b'));
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual([]);
  });

  it('names a folder that cannot be made', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => ensureWritable(join(folder, 'file', 'data'))).toThrow(/DATA_DIR .*file\/data cannot be written to \(ENOTDIR\)/);
  });
});

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}
