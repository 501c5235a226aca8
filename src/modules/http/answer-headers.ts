import type { Response } from 'express';

/**
 * On every answer of these routes, in any host: answers depend on the user and the moment, so nobody may keep them
 * and none is a 304; and no browser may take what is text for a page.
 */
export function setAnswerHeaders(response: Response): void {
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.removeHeader('X-Powered-By');
}
