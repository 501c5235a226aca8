import type { NextFunction, Request, Response } from 'express';

/**
 * A path with `%zz` or `%ff` in it cannot be decoded; Express would refuse it in words of its own, before anybody has been asked who he
 * is. Taken as it is written it is a route like any other that does not exist (http-api.md, "Who may call").
 */
export function withDecodableUrl(request: Request, _response: Response, next: NextFunction): void {
  const [path = '', ...query] = request.url.split('?');
  if (!isDecodable(path)) request.url = [path.replaceAll('%', '%25'), ...query].join('?');
  next();
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
