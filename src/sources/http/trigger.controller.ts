import { Controller, HttpCode, Post, Req, Res, ServiceUnavailableException } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { EventBus, EventIntake } from '../../delivery/index.js';
import { DeliveryConfig } from '../../sessions/index.js';
import { RequestBodies, type BodyReply, type BodyRequest } from './request-bodies.js';
import { decodeTrigger, triggerEvents } from '../index.js';

const TEXT = { 'text/plain': { schema: { type: 'string' } } } as const;
const EXAMPLE = { rooms: [{ target: 'message', customer: 1 }], data: { id: 7 } };

const SCHEMA = {
  type: 'object',
  required: ['rooms', 'data'],
  properties: {
    rooms: { type: 'array', items: { type: 'object', additionalProperties: true } },
    data: { description: 'any JSON value' },
  },
  example: EXAMPLE,
};

interface Reply extends BodyReply {
  status(code: number): unknown;
}

/** Takes triggers for rooms over HTTP, as high-templar 2 did, and puts them on the bus. Answers are plain text. */
@ApiTags('rooms')
@ApiBearerAuth()
@Controller('trigger')
export class TriggerController {
  constructor(
    private readonly bodies: RequestBodies,
    private readonly bus: EventBus,
    private readonly intake: EventIntake,
    private readonly config: DeliveryConfig,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ operationId: 'pushToRooms', summary: 'Push data to all who are in one of these rooms' })
  @ApiBody({ schema: SCHEMA })
  @ApiResponse({ status: 200, description: '`publish success`', content: TEXT })
  @ApiResponse({
    status: 400,
    content: TEXT,
    description: '`rooms not specified`, `data not specified`, or what is wrong with a room',
  })
  @ApiResponse({ status: 401, description: 'the API key is missing or wrong' })
  @ApiResponse({
    status: 413,
    description: 'the data is larger than HERMES_MAX_EVENT, or the body than HERMES_MAX_BODY',
  })
  @ApiResponse({ status: 415, description: 'the body is of another type or encoding' })
  @ApiResponse({
    status: 503,
    description:
      'the broker is away, or did not confirm in time: try again. Nothing was pushed, unless `message` says that the ' +
      'events may still be delivered; then they may come twice',
  })
  async trigger(@Req() request: BodyRequest, @Res({ passthrough: true }) reply: Reply): Promise<string> {
    const trigger = decodeTrigger(await this.bodies.read(request, reply));
    if (!trigger.ok) return this.#refuse(reply, 400, trigger.reason, trigger.detail);
    const { rooms, payload } = trigger;
    const { maxEvent } = this.config;
    if (payload.length > maxEvent) {
      return this.#refuse(reply, 413, 'too_large', `data has ${payload.length} bytes, the limit is ${maxEvent}`);
    }
    const outcome = await this.bus.publish(triggerEvents(rooms, payload, performance.now()));
    if (outcome.kind === 'unavailable') throw new ServiceUnavailableException(outcome.reason);
    return 'publish success';
  }

  #refuse(reply: Reply, status: number, reason: string, sentence: string): string {
    this.intake.reject('http', reason, sentence);
    reply.status(status);
    return sentence;
  }
}
