import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.mjs';

const ROOT = new URL('../../', import.meta.url);

/** A service of its own on a free port, for benchmarks and fault tests. */
export class ServiceProcess {
  static async start(environment) {
    const port = await freePort();
    const child = spawn(process.execPath, [fileURLToPath(new URL('dist/main.js', ROOT))], {
      env: { ...process.env, ADMIN_PASSWORD: 'bench', ...environment, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((ready, failed) => {
      child.stdout.on('data', (text) => String(text).includes('listens on') && ready());
      child.once('exit', (code) => failed(new Error(`The service ended with ${code} before it listened.`)));
    });
    return new ServiceProcess(child, port);
  }

  constructor(child, port) {
    this.child = child;
    this.base = `http://127.0.0.1:${port}/bin/guides/v1`;
    this.headers = { authorization: `Basic ${Buffer.from('admin:bench').toString('base64')}`, 'content-type': 'application/json' };
  }

  async call(path, body) {
    const response = await fetch(this.base + path, { headers: this.headers, ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}) });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Runs a job and resolves with its last status; `answered` gets the milliseconds of each answer while it runs. */
  async process(path, { pollMs = 500, answered = () => undefined } = {}) {
    const { processingId } = await this.call('/assets/process', { path, type: 'ASSET_PROCESSING' });
    for (;;) {
      await delay(pollMs);
      const asked = performance.now();
      const status = await this.call(`/assets/process/status?processingId=${processingId}`);
      answered(performance.now() - asked);
      if (status.status === 'SUCCESS') return status;
      if (status.status !== 'WAITING' && status.status !== 'IN_PROGRESS') throw new Error(`The job ended ${status.status}: ${status.comments}`);
    }
  }

  /** Peak resident memory so far, in MiB. */
  get peakRssMiB() {
    const line = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'));
    return Number(line[1]) / 1024;
  }

  stop(signal = 'SIGTERM') {
    const exited = new Promise((done) => this.child.once('exit', done));
    this.child.kill(signal);
    return exited;
  }
}
