/** What the threads of tests do to themselves, by the name of the asset they are at. */
const DEEDS = {
  'hang.dita': () => {
    for (;;);
  },
  'exit.dita': () => process.exit(7),
  'throw-later.dita': () => {
    setTimeout(() => {
      throw new Error('thrown out of turn');
    });
    // Never settles: only the error ends the thread.
    return new Promise((resolve) => setTimeout(resolve, 60_000));
  },
  'memory.dita': () => {
    const hoard = [];
    for (;;) hoard.push(new Array(10_000).fill(0));
  },
};

export async function doDeed(path) {
  await DEEDS[path.slice(path.lastIndexOf('/') + 1)]?.();
}
