import { Equals, IsBoolean, IsObject, IsOptional, IsString, Length, Matches, ValidateBy } from 'class-validator';

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
  /** Its length first: nobody looks at thousands of ids that are refused anyway. */
  @ValidateBy({
    name: 'ids',
    validator: {
      validate: (ids) => Array.isArray(ids) && ids.length <= IDS && ids.every((id) => typeof id === 'string'),
      defaultMessage: () => `ids must be an array of at most ${IDS} strings`,
    },
  })
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
