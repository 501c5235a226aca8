import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';
import type { S3Settings } from '../../src/contracts/settings.js';

const OBJECT = '._S3rver_object';
/** What the server takes from everybody. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' };

/** An object store that speaks S3, with one empty bucket. */
export class S3Server {
  private constructor(
    private readonly server: S3rver,
    private readonly folder: string,
    readonly settings: S3Settings,
  ) {}

  static async start(bucket = 'guides'): Promise<S3Server> {
    const folder = mkdtempSync(join(tmpdir(), 'guides-s3-'));
    Object.assign(process.env, CREDENTIALS);
    const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory: folder, configureBuckets: [{ name: bucket, configs: [] }] });
    const { port } = (await server.run()) as AddressInfo;
    return new S3Server(server, folder, { bucket, region: 'us-east-1', endpoint: `http://127.0.0.1:${port}`, forcePathStyle: true, keyPrefix: null, timeoutMs: 5000 });
  }

  /** Last parts of the names of all objects. */
  objects(): string[] {
    return readdirSync(this.bucketFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(OBJECT))
      .map((entry) => entry.name.slice(0, -OBJECT.length));
  }

  empty(): void {
    rmSync(this.bucketFolder, { recursive: true, force: true });
    mkdirSync(this.bucketFolder);
  }

  async stop(): Promise<void> {
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get bucketFolder(): string {
    return join(this.folder, this.settings.bucket ?? '');
  }
}
