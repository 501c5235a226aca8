/** Waits for all, so that nothing goes on in the background once this has failed. @throws what the first of them failed with */
export async function allOrFirstError(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((outcome) => outcome.status === 'rejected');
  if (!failed) return;
  const reason: unknown = failed.reason;
  throw reason;
}
