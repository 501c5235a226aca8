import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type * as S3 from '@aws-sdk/client-s3';
import type { BlobRef } from '../../contracts/blob-store.js';
import { ConfigurationError, RepositoryUnavailableError } from '../../contracts/errors.js';
import { loadOptional } from '../../contracts/optional-package.js';
import type { S3Settings } from '../../contracts/settings.js';
import { type BlobFiles, writeSynced } from './blob-files.js';

/** Most that one request takes in (the S3 documentation, "PutObject"). */
const MAX_OBJECT_BYTES = 5 * 1024 ** 3;
const TRIES = 3;

interface Connection {
  client: S3.S3Client;
  commands: typeof S3;
}

/** Blobs as objects of a bucket. An object is there as a whole or not at all, so a crash leaves nothing half-written. */
export class S3BlobFiles implements BlobFiles {
  private connected: Promise<Connection> | null = null;

  /** @param folder where a blob lies until its name, which is its hash, is known */
  constructor(
    private readonly settings: S3Settings,
    private readonly folder: string,
  ) {}

  /** Finds out now what would else fail at the first large asset. @throws ConfigurationError */
  async check(): Promise<void> {
    const { client, commands } = await this.connection();
    try {
      await client.send(new commands.HeadBucketCommand({ Bucket: this.bucket }));
    } catch (error) {
      throw new ConfigurationError(`blobs.s3: the bucket ${this.bucket} cannot be used: ${reasonOf(error)}.`);
    }
  }

  async write(head: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): Promise<BlobRef> {
    const temporary = join(this.folder, 'tmp', randomUUID());
    await mkdir(join(this.folder, 'tmp'), { recursive: true });
    try {
      const ref = await writeSynced(temporary, head, rest);
      if (!(await this.has(ref.sha256))) await this.upload(temporary, ref);
      return ref;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async open(sha256: string): Promise<Readable | null> {
    return (await this.get(sha256)) as Readable | null;
  }

  async read(sha256: string, maxBytes: number): Promise<Uint8Array | null> {
    const body = await this.get(sha256, `bytes=0-${Math.max(0, maxBytes - 1)}`);
    return body && (await body.transformToByteArray()).subarray(0, maxBytes);
  }

  private get bucket(): string {
    return this.settings.bucket ?? '';
  }

  private keyOf(sha256: string): string {
    return `${this.settings.keyPrefix ?? ''}${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
  }

  private async has(sha256: string): Promise<boolean> {
    const { client, commands } = await this.connection();
    return (await this.found(client.send(new commands.HeadObjectCommand({ Bucket: this.bucket, Key: this.keyOf(sha256) })))) !== null;
  }

  private async upload(file: string, { sha256, sizeBytes }: BlobRef): Promise<void> {
    if (sizeBytes > MAX_OBJECT_BYTES) throw new RepositoryUnavailableError(`S3 takes in at most ${MAX_OBJECT_BYTES} bytes at once, and this has ${sizeBytes}.`);
    const { client, commands } = await this.connection();
    for (let tried = 1; ; tried++) {
      // The client cannot read a stream twice, so it does not try again by itself.
      const Body = createReadStream(file);
      try {
        await client.send(new commands.PutObjectCommand({ Bucket: this.bucket, Key: this.keyOf(sha256), ContentLength: sizeBytes, Body }));
        return;
      } catch (error) {
        if (tried === TRIES) throw unavailable(error);
      } finally {
        Body.destroy();
      }
    }
  }

  private async get(sha256: string, range?: string): Promise<NonNullable<S3.GetObjectCommandOutput['Body']> | null> {
    const { client, commands } = await this.connection();
    const found = await this.found(client.send(new commands.GetObjectCommand({ Bucket: this.bucket, Key: this.keyOf(sha256), Range: range })));
    return found?.Body ?? null;
  }

  private async found<T>(asking: Promise<T>): Promise<T | null> {
    try {
      return await asking;
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw unavailable(error);
    }
  }

  private connection(): Promise<Connection> {
    this.connected ??= this.connect();
    return this.connected;
  }

  private async connect(): Promise<Connection> {
    const commands = await loadOptional('The setting blobs.store: s3', () => import('@aws-sdk/client-s3'));
    const { region, endpoint, forcePathStyle, timeoutMs } = this.settings;
    const client = new commands.S3Client({
      region,
      ...(endpoint === null ? {} : { endpoint }),
      forcePathStyle,
      maxAttempts: TRIES,
      requestHandler: { connectionTimeout: timeoutMs, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
      // Compatible servers know the older checksums only.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    return { client, commands };
  }
}

function unavailable(error: unknown): RepositoryUnavailableError {
  return new RepositoryUnavailableError(`The object store failed: ${reasonOf(error)}.`, { cause: error });
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function reasonOf(error: unknown): string {
  const status = statusOf(error);
  if (status === 404) return 'it does not exist';
  if (status === 403) return 'access is denied (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the rights of that user)';
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replace(/[\s.]+$/, '');
}
