import { Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ApiKey } from './api-key.js';

interface HttpRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

interface HttpResponse {
  header(name: string, value: string): unknown;
}

/** Lets a request pass that shows the API key as a bearer token. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly key: ApiKey) {}

  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const { authorization } = http.getRequest<HttpRequest>().headers;
    const shown = typeof authorization === 'string' ? /^Bearer +(\S+)$/i.exec(authorization)?.[1] : undefined;
    if (shown !== undefined && this.key.matches(shown)) return true;
    http.getResponse<HttpResponse>().header('WWW-Authenticate', 'Bearer');
    throw new UnauthorizedException({
      statusCode: 401,
      error: 'Unauthorized',
      message: 'send the header "Authorization: Bearer <key>", the key being the HERMES_API_KEY of this server',
    });
  }
}
