import { Refusal } from '../websocket/index.js';

/** A refusal that bears the id of the connection, where the message had none of its own that could be read. */
export class ConnectionRefusal extends Refusal {
  constructor(
    message: string,
    readonly connection: string,
  ) {
    super(400, message);
  }
}
