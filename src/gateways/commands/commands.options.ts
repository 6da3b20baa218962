import {
  ArrayMaxSize,
  Equals,
  IsArray,
  IsBoolean,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
} from 'class-validator';

const TOKEN = 32 * 1024;
const IDS = 1_000;

export class AuthenticationOptions {
  /** Absent: become a guest. It is forwarded in a header, so it must be able to stand in one. */
  @IsOptional()
  @IsString()
  @Length(1, TOKEN)
  @Matches(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, { message: 'authToken must be printable ASCII' })
  readonly authToken?: string;

  /** Another token of the same user. */
  @IsOptional()
  @IsBoolean()
  readonly update?: boolean;
}

export class SubscriptionOptions {
  @IsArray()
  @ArrayMaxSize(IDS)
  @IsString({ each: true })
  readonly ids!: string[];

  @Equals('unsubscribe')
  readonly action!: string;
}

/** A command of a back end: its options are checked against its definition. */
export class BackEndRequest {
  @IsString()
  readonly command!: string;

  @IsObject()
  readonly options!: object;
}
