// The package brings no types; this is the part of it that the log archive uses.
declare module 'zip-stream' {
  import type { Readable, Transform } from 'node:stream';

  export default class ZipStream extends Transform {
    /** One entry at a time: call again only after `done`. */
    entry(source: Readable, data: { name: string; date?: Date }, done: (error?: Error | null) => void): this;
    finalize(): void;
  }
}
