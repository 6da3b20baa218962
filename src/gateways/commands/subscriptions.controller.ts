import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { LiveQueries } from './live-queries.js';

/** A live query as producers are shown it. */
class LiveSubscription {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty()
  readonly resource!: string;

  @ApiProperty({
    description: 'what it asks for: any JSON value',
    nullable: true,
    type: 'object',
    additionalProperties: true,
  })
  readonly where!: unknown;

  @ApiProperty({ description: 'how many sessions of this node watch it' })
  readonly sessions!: number;
}

class LiveSubscriptions {
  @ApiProperty({ type: [LiveSubscription] })
  readonly subscriptions!: LiveSubscription[];
}

/** Tells producers which live queries somebody watches, so that they address those and no others. */
@ApiTags('commands')
@ApiBearerAuth()
@Controller('api/subscriptions')
export class SubscriptionsController {
  constructor(private readonly live: LiveQueries) {}

  @Get()
  @ApiOperation({ operationId: 'listLiveQueries', summary: 'The live queries that sessions of this node watch' })
  @ApiOkResponse({ type: LiveSubscriptions })
  @ApiResponse({ status: 401, description: 'the API key is missing or wrong' })
  list(): LiveSubscriptions {
    const all = [...this.live.all].map(({ id, resource, where, current }) => {
      return { id, resource, where, sessions: current.length };
    });
    return { subscriptions: all.filter(({ sessions }) => sessions > 0) };
  }
}
