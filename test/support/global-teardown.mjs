import { once } from 'node:events';

/** Stops the MariaDB of the run, whatever became of the tests, and waits until its folder is gone. */
export default async function tearDown() {
  const keeper = globalThis.guidesMariadbKeeper;
  if (!keeper || keeper.exitCode !== null) return;
  const exited = once(keeper, 'exit');
  keeper.stdin.end();
  await exited;
}
