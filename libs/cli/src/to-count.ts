import { InvalidArgumentError } from 'commander';

/** Reads an option that counts something. @throws {InvalidArgumentError} */
export function toCount(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It is a whole number from 1.');
  return Number(text);
}
