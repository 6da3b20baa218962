import { Injectable } from '@nestjs/common';

/** How long what costs memory is waited for, in milliseconds. */
@Injectable()
export class GrpcTimes {
  /** The end of a call, or of a connection, whose client has been told that it is over. */
  readonly farewell: number = 1_000;
  /** A connection over which nobody has brought a token that is accepted. */
  readonly nobody: number = 60_000;
  /** The message of a unary call, from its metadata on. */
  readonly message: number = 30_000;
  /** A connection over which no call is open. Clients make another one when they need it. */
  readonly idle: number = 300_000;
}
