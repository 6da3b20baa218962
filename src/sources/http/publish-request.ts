import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsIn,
  IsNotEmpty,
  IsOptional,
  IsString,
  NotEquals,
  ValidateBy,
  ValidateIf,
  type ValidationArguments,
} from 'class-validator';
import { isReservedChannel } from '@hermes/protocol';
import { WILDCARD, isWellFormedName } from '../../delivery/index.js';
import { MAX_NAME, isCacheTtl } from '../index.js';

/** What every node will read, or nobody would be told that it was not. */
function FitsName(): PropertyDecorator {
  return ValidateBy({
    name: 'fitsName',
    validator: {
      validate: (value) => typeof value !== 'string' || (value.length <= MAX_NAME && isWellFormedName(value)),
      defaultMessage: (about) => sentence(about, nameRule(about?.value)),
    },
  });
}

function nameRule(value: unknown): string {
  if (typeof value === 'string' && value.length > MAX_NAME) {
    return `must have at most ${MAX_NAME} characters, counted in UTF-16`;
  }
  return 'must be well-formed text without the character U+FFFD';
}

/** Nodes and clients believe what they read there. */
function IsNotReserved(): PropertyDecorator {
  return ValidateBy({
    name: 'isNotReserved',
    validator: {
      validate: (value) => typeof value !== 'string' || !isReservedChannel(value),
      defaultMessage: (about) =>
        sentence(about, `must not be ${String(about?.value).slice(0, 64)}: this channel is Hermes's own`),
    },
  });
}

function IsCacheTtl(): PropertyDecorator {
  const rule = `must be a whole number from -1 to ${Number.MAX_SAFE_INTEGER}`;
  return ValidateBy({
    name: 'isCacheTtl',
    validator: { validate: isCacheTtl, defaultMessage: (about) => sentence(about, rule) },
  });
}

function sentence(about: ValidationArguments | undefined, rule: string): string {
  return `${about?.property} ${rule}`;
}

const VISIBILITIES = ['broadcast', 'direct', 'internal'] as const;

/** One event as `POST /api/events` takes it. */
export class PublishRequest {
  @ApiProperty({ example: 'ctp.notifications.prices' })
  @IsString()
  @IsNotEmpty()
  @FitsName()
  @NotEquals(WILDCARD)
  @IsNotReserved()
  readonly channel!: string;

  @ApiProperty({ example: 'market_data' })
  @IsString()
  @IsNotEmpty()
  @FitsName()
  @NotEquals(WILDCARD)
  readonly event!: string;

  @ApiProperty({ enum: VISIBILITIES, description: 'everybody, one user, or nobody' })
  @IsIn(VISIBILITIES)
  readonly visibility!: (typeof VISIBILITIES)[number];

  @ApiPropertyOptional({ description: 'the user a direct event is for' })
  @ValidateIf(({ visibility, userId }: PublishRequest) => visibility === 'direct' || userId !== undefined)
  @IsString()
  @IsNotEmpty()
  @FitsName()
  readonly userId?: string;

  @ApiPropertyOptional({ description: 'only sessions with this verified role; absent, empty or `any`: no filter' })
  @IsOptional()
  @IsString()
  @FitsName()
  readonly role?: string;

  @ApiPropertyOptional({ description: 'seconds the event is kept for later sessions; -1 without end; 0 not at all' })
  @IsOptional()
  @IsCacheTtl()
  readonly cacheTtl?: number;

  @ApiPropertyOptional({ description: 'replaces the kept event with the same channel, event, audience and key' })
  @IsOptional()
  @IsString()
  @FitsName()
  readonly cacheKey?: string;

  @ApiProperty({
    description: 'any JSON value, passed on as it is written',
    nullable: true,
    anyOf: [
      { type: 'object', additionalProperties: true },
      { type: 'array', items: {} },
      { type: 'string' },
      { type: 'number' },
      { type: 'boolean' },
    ],
    example: { symbol: 'BCHBTC' },
  })
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
