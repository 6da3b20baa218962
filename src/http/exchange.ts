import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** One request of HTTP, from its head until it has been answered and all of its body has come. */
export class Exchange {
  /** Ends a body that would go on while Hermes stops; what is answered then is for its reader to say. */
  endBody: (() => void) | undefined;
  #isForsaken = false;

  /** @param deadline when the body has to be there, on the clock of the door */
  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    public deadline: number,
  ) {
    this.#keepAnswerReadable();
  }

  get isOver(): boolean {
    const { destroyed } = this.request.socket;
    return (this.response.closed || this.#isForsaken) && (this.request.complete || destroyed);
  }

  /**
   * Node forgets the answers that wait behind another when their connection ends. Whoever writes one is told so here, or
   * would hold what it is made of for ever.
   */
  forsake(): void {
    if (this.#isForsaken || this.response.closed || !this.request.socket.destroyed) return;
    this.#isForsaken = true;
    this.response.destroy();
    this.response.emit('close');
  }

  /** The client is told that this is the last answer on its connection. */
  sayLast(): void {
    if (!this.response.headersSent) this.response.shouldKeepAlive = false;
  }

  /** Ends the connection of a client that has not come to its end. */
  giveUp(): void {
    const { socket } = this.request;
    if (!this.response.headersSent) socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
    socket.destroy();
  }

  /**
   * Node closes the connection behind its last answer. While a body is still coming the kernel would answer that with a
   * reset, which takes the answer away from a client that has not read it. So only our side is closed, and what comes is
   * thrown away, until the client has closed its own side or the deadline is over.
   */
  #keepAnswerReadable(): void {
    const { request, response } = this;
    response.prependOnceListener('finish', () => {
      if (!request.complete) request.socket.destroySoon = halfClose;
    });
  }
}

function halfClose(this: Socket): void {
  this.end();
}
