import type { Permissions } from '@hermes/protocol';
import { isRecord, isWellFormedName } from '../../delivery/index.js';
import { ChatRefusal } from '../model/index.js';

/** What a client sent, of which nothing is known but the names it should have. */
export type Untrusted<T> = { readonly [K in keyof T]?: unknown };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** What PostgreSQL cannot hold as text: U+0000, and halves of characters. */
const NO_TEXT = /\0|\p{Surrogate}/u;

export function invalid(field: string, sentence: string): ChatRefusal {
  return new ChatRefusal('INVALID_ARGUMENT', `${field}: ${sentence}`);
}

/** Text of so many characters; absent is empty. */
export function text(field: string, value: unknown, [least, most]: readonly [number, number]): string {
  const given = string(field, value);
  const length = given.length > 2 * most ? Infinity : [...given].length;
  if (length >= least && length <= most) return given;
  throw invalid(field, least === 0 ? `at most ${count(most)} characters` : `${least} to ${count(most)} characters`);
}

/** Text of so many bytes in UTF-8; absent is empty. */
export function boundedText(field: string, value: unknown, bytes: number): string {
  const given = string(field, value);
  if (Buffer.byteLength(given) > bytes) throw invalid(field, `at most ${count(bytes)} bytes`);
  return given;
}

export function userId(field: string, value: unknown): string {
  return properName(field, value, 256);
}

/** Decoders turn bytes that are no text into U+FFFD: two names that differ there would be one. */
export function properName(field: string, value: unknown, most: number): string {
  const given = text(field, value, [1, most]);
  if (!isWellFormedName(given)) throw invalid(field, 'must be well-formed text without the character U+FFFD');
  return given;
}

export function uuid(field: string, value: unknown): string {
  if (typeof value === 'string' && UUID.test(value)) return value.toLowerCase();
  throw invalid(field, 'must be a UUID, as in 0b9cbf47-6f9c-4a1a-9d2f-0c3c0a4fbb1e');
}

/** A whole number in a range; absent is 0. */
export function integer(field: string, value: unknown, least = 0, most = Number.MAX_SAFE_INTEGER): number {
  const given = value ?? 0;
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= least && given <= most) return given;
  throw invalid(field, `must be a whole number from ${count(least)} to ${count(most)}`);
}

/** How many at a time: 1 to 1,000; absent or 0 stands for 100. */
export function limit(field: string, value: unknown): number {
  return integer(field, value, 0, 1_000) || 100;
}

export function oneOf<T extends string>(field: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw invalid(field, `must be ${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)}`);
  return found;
}

/** A list of so many; absent is empty. */
export function list(field: string, value: unknown, [least, most]: readonly [number, number]): readonly unknown[] {
  const given = value ?? [];
  if (Array.isArray(given) && given.length >= least && given.length <= most) return given as readonly unknown[];
  throw invalid(field, least === 0 ? `at most ${count(most)}` : `${least} to ${count(most)} of them`);
}

export function object<T>(field: string, value: unknown): Untrusted<T> {
  if (isRecord(value)) return value as Untrusted<T>;
  throw invalid(field, 'must be there, with its fields');
}

/** What is absent in it is not allowed. */
export function permissions(field: string, value: unknown): Permissions {
  const { read, write, manage } = object<Permissions>(field, value);
  return {
    read: flag(`${field}.read`, read),
    write: flag(`${field}.write`, write),
    manage: flag(`${field}.manage`, manage),
  };
}

function flag(field: string, value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw invalid(field, 'must be true or false');
  return value;
}

function string(field: string, value: unknown): string {
  const given = value ?? '';
  if (typeof given !== 'string') throw invalid(field, 'must be text');
  if (NO_TEXT.test(given))
    throw invalid(field, 'must be text without the character U+0000 and without half characters');
  return given;
}

function count(number: number): string {
  return number.toLocaleString('en');
}
