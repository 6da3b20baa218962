import { Refusal } from '../websocket/index.js';

/** A refusal of a back end or a provider that says why itself: the client of the command gets to read that. */
export class PassedOnRefusal extends Refusal {
  /** @param body JSON text */
  constructor(
    code: number,
    readonly command: string,
    readonly body: string,
  ) {
    super(code, `${command} was refused with ${code}`);
  }
}

/** @param body what was said, undefined where it is no JSON: the sentence stands in for it */
export function refusalOf(code: number, command: string, body: string | undefined, sentence: string): Refusal {
  return body === undefined ? new Refusal(code, sentence) : new PassedOnRefusal(code, command, body);
}
