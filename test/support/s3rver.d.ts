/** The package has no types of its own: what is used of it. */
declare module 's3rver' {
  export default class S3rver {
    constructor(options: { address: string; port: number; silent: boolean; directory: string; configureBuckets: { name: string; configs: string[] }[] });
    run(): Promise<unknown>;
    close(): Promise<void>;
  }
}
