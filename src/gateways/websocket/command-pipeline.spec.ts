import {
  Catch,
  Injectable,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  createParamDecorator,
  type ArgumentsHost,
  type ExceptionFilter,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import type { Session } from '../../sessions/index.js';
import { CommandCall } from './command.js';
import { CommandPipeline } from './command-pipeline.js';
import type { Dialect } from './dialect.js';
import { ProtocolErrorFilter } from './protocol-error.filter.js';
import { Refusal } from './refusal.js';

const Text = createParamDecorator((_: unknown, context) => context.switchToWs().getData<CommandCall>().body as string);

class Special extends Error {}

@Catch(Special)
class SpecialFilter implements ExceptionFilter {
  catch(error: Error, host: ArgumentsHost): void {
    host
      .switchToWs()
      .getData<CommandCall>()
      .refuse(new Refusal(418, `special: ${error.message}`));
  }
}

@Injectable()
class Upper implements PipeTransform {
  transform(text: string): string {
    return text.toUpperCase();
  }
}

@Injectable()
class Late implements PipeTransform {
  transform(text: string): Promise<string> {
    return Promise.resolve(`late ${text}`);
  }
}

@Injectable()
class Never {
  canActivate(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

@Injectable()
class Twice {
  intercept(_: unknown, next: { handle(): Observable<string> }): Observable<string> {
    return next.handle().pipe(map((text) => `${text} ${text}`));
  }
}

@UseFilters(ProtocolErrorFilter)
class Gateway {
  @UseFilters(SpecialFilter)
  fails(@Text() text: string): void {
    throw text === 'special' ? new Special(text) : new Refusal(404, text);
  }

  @UsePipes(Upper)
  shouts(@Text() text: string): string {
    return text;
  }

  @UsePipes(Upper)
  waits(@Text(new Late()) text: string): string {
    return text;
  }

  @UseGuards(Never)
  forbidden(): string {
    return 'never';
  }

  @UseInterceptors(Twice)
  doubled(@Text() text: string): string {
    return text;
  }
}

function run(method: keyof Gateway, body: unknown): { call: CommandCall; reply: unknown } {
  const pipeline = new CommandPipeline(new Gateway(), method, <T>(type: Type<T>) => new type());
  const command = { name: method, id: 1, body };
  const call = new CommandCall(command, {} as Session, { name: 'spec' } as Dialect, pipeline.target);
  return { call, reply: pipeline.run(call) };
}

describe('CommandPipeline', () => {
  it('gives an error to the nearest filter whose @Catch names it', () => {
    expect(run('fails', 'special').call.refusal).toMatchObject({ code: 418, message: 'special: special' });
  });

  it('gives an error that the nearest filter does not name to the next', () => {
    expect(run('fails', 'nowhere').call.refusal).toMatchObject({ code: 404, message: 'nowhere' });
  });

  it('runs the pipes of the method, at once as long as they do not wait', () => {
    expect(run('shouts', 'text').reply).toBe('TEXT');
  });

  it('awaits pipes that wait, those of the method before those of the parameter', async () => {
    const { reply } = run('waits', 'text');

    expect(reply).toBeInstanceOf(Promise);
    expect(await reply).toBe('late TEXT');
  });

  it('awaits guards, and refuses what they forbid', async () => {
    const { call, reply } = run('forbidden', 'text');

    expect(await reply).toBeUndefined();
    expect(call.refusal).toMatchObject({ code: 403 });
  });

  it('takes the reply through the interceptors', () => {
    expect(run('doubled', 'text').reply).toBe('text text');
  });
});
