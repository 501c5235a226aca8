import { TooManySignInsError } from './auth-errors.js';

/**
 * Lets few key derivations run at once and few wait: they take the threads that file access needs too, and anybody
 * may cause them.
 */
export class DerivationGate {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly maxWaiting: number,
  ) {}

  /** @throws TooManySignInsError when too many wait already */
  async run<T>(derive: () => Promise<T>): Promise<T> {
    if (this.running >= this.atOnce) {
      if (this.waiting.length >= this.maxWaiting) throw new TooManySignInsError();
      // Whoever leaves hands over its place, so `running` stays as it is.
      await new Promise<void>((admitted) => this.waiting.push(admitted));
    } else {
      this.running++;
    }
    try {
      return await derive();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
