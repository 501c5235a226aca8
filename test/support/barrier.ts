/** Lets nobody through before `parties` have arrived. */
export class Barrier {
  private arrived = 0;
  private open: () => void = () => undefined;
  private readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });

  constructor(private readonly parties: number) {}

  async pass(): Promise<void> {
    this.arrived++;
    if (this.arrived >= this.parties) this.open();
    await this.opened;
  }
}

/** A promise that is settled from outside. */
export interface Signal {
  readonly given: Promise<void>;
  give(): void;
}

export function signal(): Signal {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give };
}
