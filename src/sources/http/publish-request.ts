import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsNotEmpty, IsOptional, IsString, MaxLength, Min, NotEquals, ValidateIf } from 'class-validator';
import { WILDCARD } from '../../delivery/index.js';

const NAME = 256;
const VISIBILITIES = ['broadcast', 'direct', 'internal'] as const;

/** One event as `POST /api/events` takes it. */
export class PublishRequest {
  @ApiProperty({ example: 'ctp.notifications.prices' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(NAME)
  @NotEquals(WILDCARD)
  readonly channel!: string;

  @ApiProperty({ example: 'market_data' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(NAME)
  @NotEquals(WILDCARD)
  readonly event!: string;

  @ApiProperty({ enum: VISIBILITIES, description: 'everybody, one user, or nobody' })
  @IsIn(VISIBILITIES)
  readonly visibility!: (typeof VISIBILITIES)[number];

  @ApiPropertyOptional({ description: 'the user a direct event is for' })
  @ValidateIf(({ visibility, userId }: PublishRequest) => visibility === 'direct' || userId !== undefined)
  @IsString()
  @IsNotEmpty()
  readonly userId?: string;

  @ApiPropertyOptional({ description: 'only sessions with this verified role; absent, empty or `any`: no filter' })
  @IsOptional()
  @IsString()
  @MaxLength(NAME)
  readonly role?: string;

  @ApiPropertyOptional({ description: 'seconds the event is kept for later sessions; -1 without end; 0 not at all' })
  @IsOptional()
  @IsInt()
  @Min(-1)
  readonly cacheTtl?: number;

  @ApiPropertyOptional({ description: 'replaces the kept event with the same channel, event, audience and key' })
  @IsOptional()
  @IsString()
  @MaxLength(NAME)
  readonly cacheKey?: string;

  @ApiProperty({ description: 'any JSON value, passed on as it is written', example: { symbol: 'BCHBTC' } })
  readonly data!: unknown;
}

export const PUBLISH_FIELDS: ReadonlySet<string> = new Set([
  'channel',
  'event',
  'visibility',
  'userId',
  'role',
  'cacheTtl',
  'cacheKey',
  'data',
]);
