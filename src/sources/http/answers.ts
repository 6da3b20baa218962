import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** What a publication is answered with that was taken. */
export class Accepted {
  @ApiProperty({ description: 'how many events were taken', example: 1 })
  readonly accepted!: number;
}

/** What any request is answered with that was refused. */
export class Refused {
  @ApiProperty({ description: 'the HTTP status', example: 400 })
  readonly statusCode!: number;

  @ApiPropertyOptional({ description: 'its name', example: 'Bad Request' })
  readonly error?: string;

  @ApiProperty({
    description: 'what is wrong; of a body, one sentence for each field',
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    example: ['channel should not be empty'],
  })
  readonly message!: string | string[];

  @ApiPropertyOptional({ description: 'of a stream: how many events before the one at fault were taken', example: 2 })
  readonly accepted?: number;
}
