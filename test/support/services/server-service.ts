import { describeUnless } from './describe-with.js';
import { freePort } from './free-port.js';
import { provision } from './provision.js';
import { oncePerRun } from './run-directory.js';
import type { Provision, ServiceRecipe } from './service.js';

/** What tells one service whose server is a single small program from another. */
export interface ServerRecipe<Server> extends ServiceRecipe {
  /** What it is called in sentences. */
  readonly title: string;
  /** Milliseconds that the server of the run, and what a suite has on it, may take to be there. */
  readonly timeout: number;
  /** Makes a server that is yet to be started, on that port of loopback. */
  readonly make: (program: string, port: number, args: readonly string[]) => Server;
  /** Starts the server of the run, which suites share. */
  readonly share: () => Promise<Server>;
}

/** Containers are not used: a server that is one small program is easier to install than an engine. */
export class ServerService<Server extends { readonly url: string }> {
  constructor(private readonly recipe: ServerRecipe<Server>) {}

  /**
   * A suite on the server of this run; its URL is there once tests and hooks run.
   *
   * @param enter makes room for the suite on the server with that URL, and resolves with the URL of the room
   */
  describeWith(name: string, suite: (url: () => string) => void, enter?: (url: string) => Promise<string>): void {
    const means = provision(this.recipe);
    const isThere = means.kind === 'url' || this.recipe.program() !== undefined;
    describeUnless(isThere ? undefined : this.#reasonOf(means), name, () => {
      let url: string | undefined;
      beforeAll(async () => {
        const server = means.kind === 'url' ? means.url : await this.#shared();
        url = enter === undefined ? server : await enter(server);
      }, this.recipe.timeout);
      suite(() => url ?? notYet());
    });
  }

  /** A suite that kills and restarts servers, got from {@link prepare}. */
  describeWithOwn(name: string, suite: () => void): void {
    const means = provision(this.recipe);
    describeUnless(this.recipe.program() === undefined ? this.#reasonOf(means) : undefined, name, suite);
  }

  /** Chooses the port of a server that is yet to be started; whoever starts it kills it. */
  async prepare(args: readonly string[]): Promise<Server> {
    const program = this.recipe.program();
    if (program === undefined) throw new Error(`no ${this.recipe.title} that tests may start: use describeWithOwn…`);
    return this.recipe.make(program, await freePort(), args);
  }

  #shared(): Promise<string> {
    const { name, share, timeout } = this.recipe;
    return oncePerRun(name, async () => (await share()).url, timeout);
  }

  #reasonOf(means: Provision): string {
    if (means.kind === 'absent') return means.reason;
    return means.kind === 'url'
      ? `${this.recipe.variable} leads to a server that tests may not kill, and no other is installed`
      : `${this.recipe.title} is not installed and cannot be installed by this user`;
  }
}

function notYet(): never {
  throw new Error('the server is there in hooks and tests, not while the suite is being defined');
}
