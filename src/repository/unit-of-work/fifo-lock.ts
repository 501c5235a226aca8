/** Lets one caller at a time through, in order of arrival. */
export class FifoLock {
  private tail: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.tail.then(work);
    // The next in line must not fail because this one did.
    this.tail = turn.catch(() => undefined);
    return turn;
  }
}
