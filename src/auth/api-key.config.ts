import { Matches } from 'class-validator';
import { Setting } from '../config/index.js';

export class ApiConfig {
  @Setting('HERMES_API_KEY', 'key for publishing over HTTP; without one a random key is made and printed at start', {
    secret: true,
  })
  @Matches(/^[\x21-\x7e]*$/, { message: 'must be printable ASCII without blanks, so that it fits into a header' })
  apiKey: string = '';
}
