import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { LiveQueries } from './live-queries.js';

/** A live query as producers are shown it. */
interface LiveSubscription {
  readonly id: string;
  readonly resource: string;
  readonly where: unknown;
  /** On this node. */
  readonly sessions: number;
}

/** Tells producers which live queries somebody watches, so that they address those and no others. */
@ApiTags('commands')
@ApiBearerAuth()
@Controller('api/subscriptions')
export class SubscriptionsController {
  constructor(private readonly live: LiveQueries) {}

  @Get()
  @ApiOperation({ summary: 'The live queries that sessions of this node watch' })
  @ApiResponse({ status: 200, description: '`{"subscriptions": [{"id", "resource", "where", "sessions"}]}`' })
  @ApiResponse({ status: 401, description: 'the API key is missing or wrong' })
  list(): { subscriptions: LiveSubscription[] } {
    const all = [...this.live.all].map(({ id, resource, where, current }) => {
      return { id, resource, where, sessions: current.length };
    });
    return { subscriptions: all.filter(({ sessions }) => sessions > 0) };
  }
}
