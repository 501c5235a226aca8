/** Causes that are followed: more would be a circle. */
const MAX_CAUSES = 5;

/**
 * An error for the log: stacks and codes down the chain of causes, and the statement of a database, whose values stay
 * out because they may come from a request.
 */
export function errorText(error: unknown): string {
  const texts: string[] = [];
  for (let at = error; at !== undefined && texts.length < MAX_CAUSES; at = at instanceof Error ? at.cause : undefined) {
    texts.push(at instanceof Error ? [at.stack ?? at.message, ...detailsOf(at)].join('\n  ') : `a ${typeof at} was thrown`);
  }
  return texts.join('\ncaused by: ');
}

function detailsOf(error: Error): string[] {
  const { code, query } = error as { code?: unknown; query?: unknown };
  return [...(typeof code === 'string' ? [`code: ${code}`] : []), ...(typeof query === 'string' ? [`statement: ${query}`] : [])];
}
