import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureBuilt, ensureInstalled, ROOT } from './setup.mjs';

// npm run quickstart: from a fresh clone to a processed guide. Plain Node.js: nothing may be installed yet.

const TARGET = '/content/dam/samples';
const BROKEN = new Set(['missing-file', 'missing-fragment', 'outside-root']);
const START_MS = 30_000;
const JOB_MS = 120_000;

// Only what a program needs to run: settings of the caller's environment must not lead to a database of his.
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'TMP', 'TEMP', 'LANG', 'LC_ALL', 'SystemRoot', 'NODE_OPTIONS'];

let service = null;
let dataDir = null;

process.on('SIGINT', () => end(new Error('Interrupted.')));
process.on('SIGTERM', () => end(new Error('Terminated.')));
try {
  await quickstart();
  await end(null);
} catch (error) {
  await end(error);
}

async function quickstart() {
  ensureInstalled();
  ensureBuilt();
  dataDir = mkdtempSync(join(tmpdir(), 'guides-quickstart-'));
  const password = randomBytes(18).toString('base64url');
  const env = { ...environment(), DATA_DIR: dataDir, ADMIN_PASSWORD: password, HOST: '127.0.0.1', PORT: '0', SCHEDULE_ENABLED: 'false' };

  heading('1. Import the sample content');
  importSamples(env);

  heading('2. Start the service');
  const base = await startService(env);
  console.log(`It listens on ${base}, with a random password, on a database of its own.`);

  heading('3. Process the content over HTTP');
  const call = callerOf(base, password);
  const { processingId } = await call('/assets/process', { path: TARGET, type: 'ASSET_PROCESSING' });
  console.log(`POST /assets/process {"path":"${TARGET}","type":"ASSET_PROCESSING"} started job ${processingId}`);
  const job = await ended(call, processingId);
  console.log(`${job.status}: ${job.triggeredCount} of ${job.migrationSet.totalFiles} assets, ${job.succeededCount} succeeded, ${job.failedCount} failed.`);
  if (job.status !== 'SUCCESS') throw new Error(`The job ended as ${job.status}: ${job.comments}`);

  heading('4. What it found out');
  showReport(await call(`/assets/report?path=${encodeURIComponent(TARGET)}`, null, (response) => response.text()));
  await stopService();
  showNextSteps();
}

function environment() {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

function importSamples(env) {
  const args = [join(ROOT, 'dist', 'cli.js'), 'import', join(ROOT, 'samples'), TARGET];
  const { status, error } = spawnSync(process.execPath, args, { env, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error('The sample content could not be imported.');
}

/** Resolves with the address below which the routes stand. */
async function startService(env) {
  service = spawn(process.execPath, [join(ROOT, 'dist', 'main.js')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  const listening = new Promise((resolve, reject) => {
    const look = (line) => {
      said.push(line);
      const base = /http:\/\/\S+\/bin\/guides\/v1/.exec(line)?.[0];
      if (base) resolve(base);
    };
    createInterface({ input: service.stdout }).on('line', look);
    createInterface({ input: service.stderr }).on('line', look);
    service.once('error', reject);
    service.once('exit', (code) => reject(new Error(`The service ended with exit code ${code}:\n${said.join('\n')}`)));
    setTimeout(() => reject(new Error(`The service did not listen within ${START_MS / 1000} s:\n${said.join('\n')}`)), START_MS).unref();
  });
  return listening;
}

function callerOf(base, password) {
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  return async (path, body = null, read = (response) => response.json()) => {
    const response = await fetch(base + path, {
      method: body ? 'POST' : 'GET',
      headers: { authorization, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`);
    return read(response);
  };
}

async function ended(call, processingId) {
  const giveUpAt = Date.now() + JOB_MS;
  for (let shown = ''; Date.now() < giveUpAt; ) {
    const job = await call(`/assets/process/status?processingId=${processingId}`);
    const line = `${job.status} ${job.triggeredCount} of ${job.migrationSet.totalFiles}`;
    if (line !== shown) console.log(line);
    shown = line;
    if (job.status !== 'WAITING' && job.status !== 'IN_PROGRESS') return job;
    await delay(100);
  }
  throw new Error(`The job did not end within ${JOB_MS / 1000} s.`);
}

function showReport(ndjson) {
  const records = ndjson.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  for (const [type, ofType] of [...groupByType(records)].sort()) console.log(`  ${type.padEnd(10)} ${String(ofType.length).padStart(3)}`);

  console.log('\nFailed:');
  for (const { path, error } of records.filter((record) => record.outcome === 'FAILED')) {
    console.log(`  ${path}\n    line ${error.line}: ${error.message}`);
  }
  console.log('\nBroken references:');
  for (const { path, refs } of records) {
    for (const ref of refs.filter(({ status }) => BROKEN.has(status))) console.log(`  ${path}\n    line ${ref.line}: ${ref.raw} (${ref.status})`);
  }
}

function groupByType(records) {
  const types = new Map();
  for (const record of records) types.set(record.fileType, [...(types.get(record.fileType) ?? []), record]);
  return types;
}

function showNextSteps() {
  heading('Where to go next');
  console.log(`Some samples are wrong on purpose. With content of your own:

  node dist/cli.js import <folder or ZIP archive> /content/dam/guide
  ADMIN_PASSWORD=<a password> npm start
  GUIDES_PASSWORD=<the same> node dist/cli.js process /content/dam/guide --wait

README.md has the HTTP calls, the settings and the rest of the command line.`);
}

function heading(text) {
  console.log(`\n== ${text}`);
}

async function stopService() {
  if (!service || service.exitCode !== null || service.signalCode !== null) return;
  const exited = new Promise((resolve) => service.once('exit', resolve));
  service.kill('SIGTERM');
  // The service drains for 10 s at most; then it is no longer asked.
  const late = setTimeout(() => service.kill('SIGKILL'), 20_000);
  await exited;
  clearTimeout(late);
}

async function end(error) {
  await stopService();
  if (dataDir) rmSync(dataDir, { recursive: true, force: true });
  if (error) console.error(`\nThe quickstart failed: ${error.message}`);
  process.exit(error ? 1 : 0);
}
