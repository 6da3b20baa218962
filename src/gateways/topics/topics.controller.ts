import { BadRequestException, Controller, Get, Query, ServiceUnavailableException } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { TopicCensus } from './topic-census.js';
import { TopicList, topicList } from './topic-list.js';

const LIMIT = 1_000;

/** Shows the operator which topics are active. */
@ApiTags('topics')
@ApiBearerAuth()
@Controller('api/topics')
export class TopicsController {
  constructor(private readonly census: TopicCensus) {}

  @Get()
  @ApiOperation({
    operationId: 'listTopics',
    summary: 'The topics that have subscribers, of whatever dialect, and how many',
  })
  @ApiQuery({ name: 'prefix', required: false, description: 'only channels that start with this', type: String })
  @ApiQuery({ name: 'limit', required: false, description: `how many topics to show, at most ${LIMIT}`, type: Number })
  @ApiOkResponse({ type: TopicList })
  @ApiResponse({ status: 400, description: 'a parameter makes no sense; `message` says which' })
  @ApiResponse({ status: 401, description: 'the API key is missing or wrong' })
  @ApiResponse({ status: 503, description: 'too many of these requests at a time' })
  async list(@Query('prefix') prefix: unknown = '', @Query('limit') limit: unknown = '100'): Promise<TopicList> {
    if (typeof prefix !== 'string') throw new BadRequestException('prefix must be given once');
    const most = typeof limit === 'string' && /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
    if (most < 1 || most > LIMIT) throw new BadRequestException(`limit must be a number from 1 to ${LIMIT}`);
    const census = await this.census.take(prefix);
    if (census === undefined) throw new ServiceUnavailableException('topics are being counted already, try again');
    return topicList(census, most);
  }
}
