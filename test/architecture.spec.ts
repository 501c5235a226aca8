import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..');
const CRUISER = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
const RULES = join(ROOT, '.dependency-cruiser.cjs');

/** What dependency-cruiser says of the `src` in `folder`. */
function cruise(folder: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, [CRUISER, '--config', RULES, 'src'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return stdout + stderr;
}

describe('the architecture', () => {
  it('holds: contracts import nothing, islands only contracts, adapters are seen by the composition root alone, no cycles', () => {
    expect(cruise(ROOT)).toMatch(/^\s*\S* ?no dependency violations found \(\d{2,} modules/);
  });
});

describe('the rules of imports', () => {
  const FILES: Record<string, string> = {
    'contracts/port.ts': "import '../modules/http/controllers.js';",
    'contracts/fine.ts': "import type { Readable } from 'node:stream'; export type Fine = Readable;",
    'repository/store.ts': "import '../modules/processing/engine.js'; import '../contracts/fine.js';",
    'modules/processing/engine.ts': "import type { Thread } from '../pipeline/thread.js'; export type Engine = Thread;",
    'modules/pipeline/thread.ts': "import './circle.js'; export type Thread = 1;",
    'modules/pipeline/circle.ts': "import type { Thread } from './thread.js'; export type Circle = Thread;",
    'modules/http/controllers.ts': "import '../queue/queue.js';",
    'modules/queue/queue.ts': "import '../../cli.js'; import '../nowhere.js';",
    'modules/guides-processing.module.ts': "import '../repository/store.js'; import './queue/queue.js';",
    'cli.ts': 'export {};',
    'main.ts': "import './modules/guides-processing.module.js';",
  };
  let folder: string;
  let said: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'guides-architecture-'));
    for (const [name, content] of Object.entries(FILES)) {
      const file = join(folder, 'src', name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    writeFileSync(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "module": "nodenext" } }');
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    said = cruise(folder);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['contracts-import-only-contracts', 'src/contracts/port.ts'],
    ['repository-imports-only-contracts', 'src/repository/store.ts'],
    ['processing-imports-only-contracts', 'src/modules/processing/engine.ts'],
    ['adapters-only-from-the-composition-root', 'src/modules/processing/engine.ts'],
    ['adapters-only-from-the-composition-root', 'src/modules/http/controllers.ts'],
    ['http-imports-only-processing-and-auth', 'src/modules/http/controllers.ts'],
    ['queue-imports-only-contracts', 'src/modules/queue/queue.ts'],
    ['nothing-imports-an-entry-point', 'src/modules/queue/queue.ts'],
    ['resolvable', 'src/modules/queue/queue.ts'],
  ])('find a breach of %s in %s', (rule, file) => {
    expect(said).toContain(`error ${rule}: ${file}`);
  });

  it('find a cycle of types too', () => {
    expect(said).toMatch(/error no-cycles: src\/modules\/pipeline\/(thread|circle)\.ts/);
  });

  it('let pass what is allowed', () => {
    expect(said).not.toMatch(/: src\/(contracts\/fine|modules\/guides-processing\.module|main)\.ts/);
  });
});
