const closedGates = new Set<Gate>();

/** To be called after each test: one that failed half-way must not hold up the end of its services. */
export function openAllGates(): void {
  for (const gate of closedGates) gate.open();
}

/** A place where calls are held up until it is opened. */
export class Gate {
  private readonly waiting: (() => void)[] = [];
  private reportArrival: () => void = () => undefined;
  private isOpen = false;
  /** Resolves when the first call has come. */
  readonly reached = new Promise<void>((resolve) => (this.reportArrival = resolve));

  constructor() {
    closedGates.add(this);
  }

  /** Resolves when the gate is open. */
  pass(): Promise<void> {
    this.reportArrival();
    return this.isOpen ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }

  open(): void {
    this.isOpen = true;
    closedGates.delete(this);
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

type Method = (...parameters: never[]) => unknown;
type Around<F> = F extends (...parameters: infer P) => infer R ? (call: () => R, ...parameters: P) => R : never;

/** Puts `around` in the place of a method; it decides whether and when the real one is called. */
export function intercept<T extends object, K extends keyof T>(target: T, method: K, around: Around<T[K]>): void {
  const original = target[method] as Method;
  const replacement = (...parameters: never[]): unknown =>
    (around as (call: () => unknown, ...parameters: never[]) => unknown)(() => original.apply(target, parameters), ...parameters);
  target[method] = replacement as T[K];
}

/** Lets the first calls through; from the `nth` on they wait at the gate. */
export function holdFrom(nth: number, gate: Gate): <R>(go: () => Promise<R>) => Promise<R> {
  let calls = 0;
  return (go) => (++calls >= nth ? gate.pass().then(go) : go());
}
