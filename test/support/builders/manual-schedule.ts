/** An event loop whose turns a test takes one by one. */
export class ManualSchedule {
  #tasks: (() => void)[] = [];

  readonly schedule = (task: () => void): void => {
    this.#tasks.push(task);
  };

  get idle(): boolean {
    return this.#tasks.length === 0;
  }

  /** One turn: what is scheduled meanwhile waits for the next. */
  turn(): void {
    for (const task of this.#tasks.splice(0)) task();
  }

  /** Turns until nothing is left to do. */
  settle(): void {
    while (!this.idle) this.turn();
  }
}
