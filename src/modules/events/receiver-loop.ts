import { Logger } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { type EventLetter, type EventOutbox, type EventPortion, letterSeq, type ReceiverClaim, type Settlement, type UndeliveredEvent } from '../../contracts/event-outbox.js';
import { orderKeyOf } from '../../contracts/events.js';
import { backOffMs, type RetrySettings } from './back-off.js';
import type { DeliveryFailure, Receiver } from './receiver.js';

/** Letters that are looked for at a time. */
const LETTERS_AT_ONCE = 50;
/** Longest time that a receiver which does not answer is left alone, unless it asks for more. */
const MAX_PAUSE_MS = 60_000;
/** Renewals in the life of a lease: two may be lost before it ends. */
const BEATS_PER_LEASE = 3;

export interface DeliverySettings extends RetrySettings {
  /** Tries of an event before its letter is dead. */
  maxAttempts: number;
  leaseMs: number;
  /** How often the outbox is looked into. */
  pollMs: number;
}

/** An event with its place among the letters, and the tries it has had. */
type Pending = EventLetter;

/**
 * Delivers to one receiver, which is in nobody's way: each has a loop of its own, and of all processes one delivers to it at a time.
 *
 *   portion → delivered
 *   portion → letter (refused, or behind another letter of its asset) → delivered | dead → letter again, when somebody asks for it
 *
 * An event is written off the outbox after its delivery: a crash in between repeats it, and never loses it.
 */
export class ReceiverLoop {
  private readonly logger = new Logger('Events');
  private readonly stopping = new AbortController();
  private readonly cutting = new AbortController();
  private running: Promise<void> | null = null;

  constructor(
    private readonly outbox: EventOutbox,
    private readonly receiver: Receiver,
    private readonly owner: string,
    private readonly settings: DeliverySettings,
  ) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Lets the request in flight end, for at most `withinMs`; what is not delivered by then waits for the next process. */
  async stop(withinMs: number): Promise<void> {
    this.stopping.abort();
    const cut = setTimeout(() => this.cutting.abort(), withinMs);
    await this.running;
    clearTimeout(cut);
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.turn();
      } catch (error) {
        // The database is away: nothing is lost, and everything is tried again.
        if (!this.cutting.signal.aborted) this.logger.warn(`Delivery to ${this.receiver.name} stopped and will be tried again: ${message(error)}`);
      }
      await delay(this.settings.pollMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** Delivers until nothing is left, or the receiver is to be left alone. */
  private async turn(): Promise<void> {
    if (!(await this.outbox.isDue(this.receiver.name))) return;
    const claim = await this.outbox.claim(this.receiver.name, this.owner, this.settings.leaseMs);
    if (!claim) return;
    const beat = setInterval(() => void this.outbox.renew(claim).catch(() => undefined), this.settings.leaseMs / BEATS_PER_LEASE);
    try {
      while (!this.stopping.signal.aborted) {
        // By turns: neither a few that fail again and again nor a long queue may hold up the other.
        const letters = await this.tryLetters(claim);
        if (letters === 'stop') return;
        const portion = await this.tryPortion(claim);
        if (portion === 'stop' || (letters === 'none' && portion === 'none')) return;
      }
    } finally {
      clearInterval(beat);
      await this.outbox.release(claim);
    }
  }

  private async tryLetters(claim: ReceiverClaim): Promise<'some' | 'none' | 'stop'> {
    const letters = await this.outbox.dueLetters(this.receiver.name, LETTERS_AT_ONCE);
    for (const letter of letters) {
      if (this.stopping.signal.aborted) return 'stop';
      // Each on its own: what failed together shows now which of them it was.
      if (!(await this.request(claim, [letter], null, []))) return 'stop';
    }
    return letters.length > 0 ? 'some' : 'none';
  }

  private async tryPortion(claim: ReceiverClaim): Promise<'some' | 'none' | 'stop'> {
    const portion = await this.outbox.oldestPortion(this.receiver.name);
    if (!portion) return 'none';
    while (portion.done < portion.events.length) {
      if (this.stopping.signal.aborted) return 'stop';
      const { pending, behind } = await this.nextOf(portion);
      portion.done += pending.length + behind.length;
      if (!(await this.request(claim, pending, portion, behind))) return 'stop';
    }
    return 'some';
  }

  /** The next events for one request, each asset or job once; and those among them that must wait behind a letter. */
  private async nextOf(portion: EventPortion): Promise<{ pending: Pending[]; behind: Pending[] }> {
    const keys = new Set<string>();
    const next: Pending[] = [];
    for (const [i, event] of portion.events.entries()) {
      if (i < portion.done) continue;
      const key = orderKeyOf(event);
      if (keys.has(key) || next.length >= this.receiver.maxEvents) break;
      keys.add(key);
      next.push({ seq: letterSeq(portion.id, i), event, attempts: 0 });
    }
    const waiting = await this.outbox.waitingKeys(this.receiver.name, [...keys]);
    const isBehind = ({ event }: Pending): boolean => waiting.has(orderKeyOf(event));
    return { pending: next.filter((one) => !isBehind(one)), behind: next.filter(isBehind) };
  }

  /** One request, and what came of it. False: no more for now. */
  private async request(claim: ReceiverClaim, pending: readonly Pending[], portion: EventPortion | null, behind: readonly Pending[]): Promise<boolean> {
    const failures = pending.length > 0 ? await this.receiver.deliver(pending.map(({ event }) => event), this.cutting.signal) : NO_FAILURES;
    const settlement = this.settlement(claim, pending, failures);
    // What is delivered of a portion was never a letter.
    const delivered = portion ? [] : settlement.delivered;
    const waiting = behind.map((one): UndeliveredEvent => ({ ...one, delayMs: 0, reason: 'It waits behind an earlier event.' }));
    const undelivered = [...settlement.undelivered, ...waiting];
    this.report(settlement);
    if (!(await this.outbox.settle(claim, { ...settlement, delivered, undelivered, portion }))) return false;
    if (pending.length > 0) claim.failures = settlement.failures;
    return settlement.pauseMs === 0;
  }

  private settlement(claim: ReceiverClaim, pending: readonly Pending[], failures: ReadonlyMap<string, DeliveryFailure>): Omit<Settlement, 'portion'> {
    const isRefused = ({ event }: Pending): boolean => failures.has(event.id);
    const delivered = pending.filter((one) => !isRefused(one)).map(({ seq }) => seq);
    const undelivered = pending.filter(isRefused).map((one) => this.undelivered(one, failures.get(one.event.id)));
    const ofReceiver = [...failures.values()].find(({ isOfReceiver }) => isOfReceiver);
    if (!ofReceiver) return { delivered, undelivered, failures: delivered.length > 0 ? 0 : claim.failures, pauseMs: 0 };
    const inARow = claim.failures + 1;
    const { retryDelayMs, maxRetryDelayMs } = this.settings;
    const pauseMs = backOffMs(inARow, { retryDelayMs, maxRetryDelayMs: Math.min(maxRetryDelayMs, MAX_PAUSE_MS) });
    return { delivered, undelivered, failures: inARow, pauseMs: Math.max(1, pauseMs, ofReceiver.retryAfterMs ?? 0) };
  }

  private undelivered(pending: Pending, failure: DeliveryFailure | undefined): UndeliveredEvent {
    const attempts = pending.attempts + 1;
    const isDead = failure?.isFinal === true || attempts >= this.settings.maxAttempts;
    const delayMs = Math.max(backOffMs(attempts, this.settings), failure?.retryAfterMs ?? 0);
    return { ...pending, attempts, delayMs: isDead ? null : delayMs, reason: failure?.reason ?? '' };
  }

  private report({ undelivered, failures, pauseMs }: Omit<Settlement, 'portion'>): void {
    const dead = undelivered.filter(({ delayMs }) => delayMs === null);
    const [first] = dead;
    if (first) this.logger.error(`${dead.length} event(s) for ${this.receiver.name} could not be delivered and are dead letters now: ${first.reason}`);
    // The first failure and each tenth: a receiver that is away for hours must not fill the log.
    else if (undelivered[0] && pauseMs > 0 && failures % 10 === 1) {
      this.logger.warn(`${this.receiver.name} takes no events and will be tried again: ${undelivered[0].reason}`);
    }
  }
}

const NO_FAILURES: ReadonlyMap<string, DeliveryFailure> = new Map();

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

