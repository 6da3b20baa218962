import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { CommandCall } from './command.js';
import { Refusal } from './refusal.js';

/** Answers a command that failed in the dialect it came in. Nest's own filter would echo the frame, token included. */
@Catch()
export class ProtocolErrorFilter implements ExceptionFilter {
  readonly #logger = new Logger(ProtocolErrorFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const call = host.switchToWs().getData<CommandCall>();
    if (error instanceof Refusal) {
      call.refuse(error);
      return;
    }
    this.#logger.error('command.failed', {
      gateway: call.dialect.name,
      command: call.name,
      reason: error instanceof Error ? error.stack : String(error),
    });
    call.refuse(new Refusal(500, 'this is our fault, not yours; it has been logged'));
  }
}
