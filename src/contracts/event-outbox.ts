import type { ProcessingEvent } from './events.js';
import type { Tx } from './unit-of-work.js';

/** Most events in one portion of the outbox. */
export const MAX_PORTION_EVENTS = 500;

/** Events that one transaction announced to one receiver. */
export interface EventPortion {
  /** Ascending in the order in which the events of an asset or a job were committed. */
  id: number;
  /** Those before are settled: delivered, or letters. */
  done: number;
  events: ProcessingEvent[];
}

/** An event that was not delivered at once, or waits behind such a one. */
export interface EventLetter {
  seq: number;
  event: ProcessingEvent;
  /** Failed tries. */
  attempts: number;
}

/** A letter that is not tried any more, until somebody asks for it. */
export interface DeadLetter extends EventLetter {
  receiver: string;
  /** Why the last try failed. */
  reason: string;
  diedAtMs: number;
}

/** The right to deliver to a receiver, until the lease ends. */
export interface ReceiverClaim {
  receiver: string;
  token: string;
  leaseMs: number;
  /** Failed requests in a row, up to now. */
  failures: number;
}

/** An event that joins the letters, or stays among them. */
export interface UndeliveredEvent {
  seq: number;
  event: ProcessingEvent;
  attempts: number;
  /** Null: dead. Else the milliseconds until the next try. */
  delayMs: number | null;
  reason: string;
}

/** What came of one request to a receiver, written in one transaction. */
export interface Settlement {
  /** Letters that are delivered. */
  delivered: readonly number[];
  undelivered: readonly UndeliveredEvent[];
  /** How far the portion is settled; all of it goes when that is its end. */
  portion: Pick<EventPortion, 'id' | 'done' | 'events'> | null;
  /** Failed requests in a row, with this one, and how long the receiver is left alone. */
  failures: number;
  pauseMs: number;
}

/**
 * Events between their commit and their delivery, for each receiver apart. A portion leaves it when all its events are delivered or
 * letters; a letter when it is delivered, or purged after its death. Times by the database's clock.
 */
export interface EventOutbox {
  append(portions: readonly { receiver: string; events: readonly ProcessingEvent[] }[], tx: Tx): Promise<void>;

  /** Makes a receiver known. */
  register(receiver: string): Promise<void>;
  /** There is something to deliver, the receiver is not left alone just now, and nobody else delivers to it. Takes no lock. */
  isDue(receiver: string): Promise<boolean>;
  /** Null when another process holds the claim or the receiver is left alone. */
  claim(receiver: string, owner: string, leaseMs: number): Promise<ReceiverClaim | null>;
  /** Prolongs the claim, if it still holds. */
  renew(claim: ReceiverClaim): Promise<void>;
  release(claim: ReceiverClaim): Promise<void>;
  /** Frees the claims of owners that are known to be dead. */
  expireOwners(isDead: (owner: string) => boolean): Promise<void>;

  /** Letters to be tried now, oldest first: of each asset or job the first one only. */
  dueLetters(receiver: string, limit: number): Promise<EventLetter[]>;
  oldestPortion(receiver: string): Promise<EventPortion | null>;
  /** Which of these assets and jobs have letters that wait: what comes later must wait behind. */
  waitingKeys(receiver: string, keys: readonly string[]): Promise<Set<string>>;
  /** Prolongs the claim too. False, and nothing written, when it is lost. */
  settle(claim: ReceiverClaim, settlement: Settlement): Promise<boolean>;

  /** Newest first. */
  deadLetters(filter: DeadLetterFilter, limit: number): Promise<DeadLetter[]>;
  /** They are tried anew. Returns how many. */
  redeliver(filter: DeadLetterFilter): Promise<number>;
  /** Deletes one portion of what is older, delivered or not; true when there is more. */
  purge(olderThanMs: number): Promise<boolean>;
}

/** Given: only these. */
export interface DeadLetterFilter {
  receiver?: string;
  eventId?: string;
}

/** Place of an event of a portion among the letters of its receiver. */
export function letterSeq(portionId: number, index: number): number {
  return portionId * 1024 + index;
}
