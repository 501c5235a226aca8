const BASIC = /^Basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;

/** `user:password` of an `Authorization` header (RFC 7617, UTF-8); null when it does not hold that. */
export function basicCredentials(header: string): string | null {
  const encoded = BASIC.exec(header)?.[1];
  if (encoded === undefined) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(encoded, 'base64'));
  } catch {
    return null;
  }
}

/** Who a request says to be, by Basic; null when it names nobody. */
export function basicUserName(header: string | string[] | undefined): string | null {
  const credentials = typeof header === 'string' ? basicCredentials(header) : null;
  const colon = credentials?.indexOf(':') ?? -1;
  return credentials === null || colon < 0 ? null : credentials.slice(0, colon).normalize('NFC');
}
