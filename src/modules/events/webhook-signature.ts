import { createHmac } from 'node:crypto';

export const SIGNATURE_HEADER = 'x-guides-signature';

/**
 * `t=<seconds>,v1=<hex>`: HMAC-SHA256 over `<seconds>.<body>`. The time is signed too, so that a receiver can refuse what somebody
 * recorded and sends again later.
 * @param seconds Unix time of this try.
 * @param body exactly the bytes that are sent.
 */
export function signatureOf(body: string, secret: string, seconds: number): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
