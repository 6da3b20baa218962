import {
  BadRequestException,
  Controller,
  HttpCode,
  Post,
  Req,
  Res,
  UnprocessableEntityException,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiHeader,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { Accepted, Refused } from './answers.js';
import { EventPublisher } from './event-publisher.js';
import { Idempotency } from './idempotency.js';
import { JsonPublication } from './json-publication.js';
import { NdjsonPublication } from './ndjson-publication.js';
import type { Answer, Publication } from './publication.js';
import { PublishRequest } from './publish-request.js';
import { JSON_TYPE, NDJSON, RequestBodies, type BodyReply, type BodyRequest } from './request-bodies.js';

const ONE = { $ref: getSchemaPath(PublishRequest) };
const LINES = '{"channel":"prices","event":"tick","visibility":"broadcast","data":1}\n';
const MAX_KEY = 256;

interface HttpReply extends BodyReply {
  header(name: string, value: string): unknown;
}

/** Takes events over HTTP and puts them on the bus, which brings them to every node. */
@ApiTags('events')
@ApiBearerAuth()
@ApiExtraModels(PublishRequest)
@Controller('api/events')
export class EventsController {
  constructor(
    private readonly publisher: EventPublisher,
    private readonly bodies: RequestBodies,
    private readonly idempotency: Idempotency,
  ) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({
    operationId: 'publishEvents',
    requestBody: {
      required: true,
      content: {
        [JSON_TYPE]: { schema: { oneOf: [ONE, { type: 'array', items: ONE }] } },
        [NDJSON]: { schema: { type: 'string', description: 'one event a line', example: LINES } },
      },
    },
    summary: 'Publish one event, an array of events that is accepted whole or not at all, or a stream of events',
    description:
      `As \`${NDJSON}\` the body holds one event a line and may be of any length: events are published as they arrive. ` +
      'A bad line ends it, and so does a silence of 30 s, which empty lines prevent; the lines before it have been ' +
      'published. Any body may be sent with `Content-Encoding: gzip`.',
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      `up to ${MAX_KEY} characters: the same key and body, sent again within HERMES_IDEMPOTENCY_WINDOW to whatever node, ` +
      'bring each event to nobody twice. The process that took it gives its first answer again, with the header ' +
      '`Idempotent-Replayed: true`. What accepted nothing is not remembered',
  })
  @ApiHeader({ name: 'Content-Encoding', required: false, description: '`gzip`, `identity`, or none' })
  @ApiResponse({ status: 202, type: Accepted, description: 'how many events were accepted' })
  @ApiResponse({
    status: 400,
    type: Refused,
    description:
      '`message` lists what is wrong, field by field. Nothing was accepted; of a stream, the `accepted` events before ' +
      'the line that `message` names',
  })
  @ApiResponse({ status: 401, type: Refused, description: 'the API key is missing or wrong' })
  @ApiResponse({ status: 413, type: Refused, description: 'the body is too large, or inflates to too much' })
  @ApiResponse({ status: 415, type: Refused, description: 'the body is of another type or encoding' })
  @ApiResponse({ status: 422, type: Refused, description: 'the Idempotency-Key was used with another body' })
  @ApiResponse({
    status: 503,
    type: Refused,
    description:
      'the broker is away, or did not confirm in time. Nothing was accepted, try again; of a stream, `accepted` events ' +
      'were. Where `message` says that the events may still be delivered, nobody knows, and they may come twice then',
  })
  async publish(@Req() request: BodyRequest, @Res({ passthrough: true }) reply: HttpReply): Promise<Accepted> {
    const { accepted, failure } = await this.#answer(request, reply);
    if (failure !== undefined) throw failure;
    return { accepted };
  }

  async #answer(request: BodyRequest, reply: HttpReply): Promise<Answer> {
    const key = request.raw.headers['idempotency-key'];
    if (key === undefined) return (await this.#publicationOf(request, reply)).publish();
    if (typeof key !== 'string' || key === '' || key.length > MAX_KEY) {
      throw new BadRequestException(`Idempotency-Key must have 1 to ${MAX_KEY} characters`);
    }
    const outcome = await this.idempotency.once(key, await this.#publicationOf(request, reply));
    if (outcome.kind === 'differs') {
      throw new UnprocessableEntityException('this Idempotency-Key was used with another body');
    }
    if (outcome.kind === 'repeated') reply.header('Idempotent-Replayed', 'true');
    return outcome.answer;
  }

  async #publicationOf(request: BodyRequest, reply: HttpReply): Promise<Publication> {
    const { raw } = request;
    if (raw.headers['content-type'] !== NDJSON) {
      return new JsonPublication(this.publisher, await this.bodies.read(request, reply, [JSON_TYPE, NDJSON]));
    }
    return new NdjsonPublication(this.publisher, this.bodies.stream(request, reply), () => raw.destroy());
  }
}
