import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Session } from '../../sessions/index.js';
import type { CommandCall } from './command.js';
import { CommandBodyPipe } from './command-body.pipe.js';

/** The session that sent the command. */
export const ConnectedSession = createParamDecorator(
  (_: unknown, context: ExecutionContext): Session => context.switchToWs().getData<CommandCall>().session,
);

const Body = createParamDecorator(
  (_: unknown, context: ExecutionContext): unknown => context.switchToWs().getData<CommandCall>().body,
);

/** The body of the command, validated against the class of the parameter. */
export const CommandBody = (): ParameterDecorator => Body(new CommandBodyPipe());
