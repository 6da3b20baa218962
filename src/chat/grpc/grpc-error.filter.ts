import { Catch, type ArgumentsHost, type RpcExceptionFilter } from '@nestjs/common';
import { of, throwError, type Observable } from 'rxjs';
import { callOf, isStream } from './grpc-call.js';
import { GrpcStats } from './grpc-stats.js';
import { statusOf } from './grpc-status.js';

/** Answers a call that failed with a status. Nest's own filter would answer UNKNOWN. */
@Catch()
export class GrpcErrorFilter implements RpcExceptionFilter {
  constructor(private readonly stats: GrpcStats) {}

  catch(error: unknown, host: ArgumentsHost): Observable<unknown> {
    const call = callOf(host.getArgs());
    this.stats.countFailure(call.getPath().slice(call.getPath().lastIndexOf('/') + 1), error);
    if (!isStream(call)) return throwError(() => statusOf(error));
    this.stats.stats.streamsRefused++;
    // Of a stream Nest expects a value, and takes its absence for a crash.
    call.emit('error', statusOf(error));
    return of(undefined);
  }
}
