import { SingleBar } from 'cli-progress';

export interface DisplayedProgress {
  done: number;
  total: number;
  /** What stands behind the bar. */
  text: string;
}

/** Time between two lines where there is no terminal to draw a bar on. */
const LINE_EVERY_MS = 5000;

/** Shows how far something is, on stderr, so that stdout stays for results: a bar on a terminal, else now and then a line. */
export class ProgressDisplay {
  private bar: SingleBar | null = null;
  private lastLineMs = performance.now();
  private lastLine = '';

  constructor(
    private readonly label: string,
    private readonly stream: NodeJS.WriteStream = process.stderr,
  ) {}

  show(progress: DisplayedProgress): void {
    if (this.stream.isTTY) this.draw(progress);
    else if (performance.now() - this.lastLineMs >= LINE_EVERY_MS) this.line(progress);
  }

  stop(): void {
    this.bar?.stop();
    this.bar = null;
  }

  private draw({ done, total, text }: DisplayedProgress): void {
    if (!this.bar) {
      this.bar = new SingleBar({
        format: `${this.label} {bar} {percentage}% {text}`,
        stream: this.stream,
        barsize: 24,
        barCompleteChar: '█',
        barIncompleteChar: '░',
        hideCursor: true,
        gracefulExit: false,
      });
      this.bar.start(total, done, { text });
    }
    this.bar.setTotal(total);
    this.bar.update(done, { text });
  }

  private line({ text }: DisplayedProgress): void {
    const line = `${this.label}: ${text}`;
    // A long wait for the same state needs no further line.
    if (line !== this.lastLine) this.stream.write(`${line}\n`);
    this.lastLine = line;
    this.lastLineMs = performance.now();
  }
}
