import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import type { CommandCall } from './command.js';

/** Puts what a gateway method returns into the envelope of its dialect. */
export class EnvelopeInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const call = context.switchToWs().getData<CommandCall>();
    return next.handle().pipe(map((result) => call.dialect.reply(call, result)));
  }
}
