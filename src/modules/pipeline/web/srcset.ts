const SPACE = /[\t\n\f\r ]/;

/** URLs of the candidates of a `srcset` attribute (HTML, "parse a srcset attribute"); descriptors are not judged. */
export function srcsetUrls(srcset: string): string[] {
  const urls: string[] = [];
  let at = 0;
  while (at < srcset.length) {
    while (at < srcset.length && isSpaceOrComma(srcset, at)) at++;
    const start = at;
    while (at < srcset.length && !SPACE.test(srcset.charAt(at))) at++;
    if (start === at) break;
    const end = withoutCommas(srcset, start, at);
    urls.push(srcset.slice(start, end));
    // A comma at the end of the URL ends the candidate; else descriptors follow.
    if (end === at) at = endOfDescriptors(srcset, at);
  }
  return urls;
}

function isSpaceOrComma(text: string, at: number): boolean {
  return text.charAt(at) === ',' || SPACE.test(text.charAt(at));
}

function withoutCommas(text: string, start: number, end: number): number {
  let cut = end;
  while (cut > start && text.charAt(cut - 1) === ',') cut--;
  return cut;
}

/** Behind the comma that ends the descriptors; commas in parentheses do not. */
function endOfDescriptors(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '(') depth++;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (character === ',' && depth === 0) return at + 1;
  }
  return text.length;
}
