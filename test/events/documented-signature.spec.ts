import { readFileSync, rmSync, writeFileSync, mkdtempSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signatureOf } from '../../src/modules/events/webhook-signature.js';

const SECRET = 'a secret of the tests';
const BODY = '{"events":[{"path":"/content/dam/grün.dita"}]}';
const NOW = 1_800_000_000;

/** The sample of docs/events.md as somebody copies it, run by Node itself. */
function documented(cases: readonly unknown[][]): boolean[] {
  const [, sample] = /```js\n([\s\S]*?)```/.exec(readFileSync(join(__dirname, '../../docs/events.md'), 'utf8')) ?? [];
  if (sample === undefined) throw new Error('docs/events.md has no sample.');
  const folder = mkdtempSync(join(tmpdir(), 'guides-sample-'));
  try {
    const file = join(folder, 'sample.mjs');
    writeFileSync(file, `${sample}\nconst cases = ${JSON.stringify(cases)};\nconsole.log(JSON.stringify(cases.map((one) => isGenuine(...one))));\n`);
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
    if (stderr !== '') throw new Error(stderr);
    return JSON.parse(stdout) as boolean[];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the sample that checks a signature', () => {
  const header = signatureOf(BODY, SECRET, NOW);

  it('takes what is signed now, and refuses everything else', () => {
    const said = documented([
      [BODY, header, SECRET, NOW],
      [BODY, header, SECRET, NOW + 299],
      [BODY, header, SECRET, NOW + 301],
      [BODY, header, SECRET, NOW - 301],
      [`${BODY} `, header, SECRET, NOW],
      [BODY, header, 'another secret', NOW],
      [BODY, header.replace(`t=${NOW}`, `t=${NOW + 1}`), SECRET, NOW],
      [BODY, 'v1=00', SECRET, NOW],
      [BODY, null, SECRET, NOW],
    ]);
    expect(said).toEqual([true, true, false, false, false, false, false, false, false]);
  });
});
