import { WsException } from '@nestjs/websockets';

/** A command that is not carried out: a status with the meaning it has in HTTP, and a sentence that names the mend. */
export class Refusal extends WsException {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}
