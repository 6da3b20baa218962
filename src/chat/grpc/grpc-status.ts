import { status } from '@grpc/grpc-js';
import type { ChatError, ClientEvent } from '@hermes/protocol';
import { CloseCode } from '../../sessions/index.js';
import { ChatRefusal } from '../model/index.js';

/** Characters of what a client calls one of its events. */
export const LONGEST_REF = 64;

const OUR_FAULT = 'this is our fault, not yours; it has been logged';

/** What ends a call, as grpc-js takes it. */
export interface GrpcStatus {
  readonly code: status;
  readonly message: string;
  readonly details: string;
}

const CLOSED: Readonly<Record<number, keyof typeof status>> = {
  [CloseCode.goingAway]: 'UNAVAILABLE',
  [CloseCode.identityExpired]: 'UNAUTHENTICATED',
  [CloseCode.tooSlow]: 'RESOURCE_EXHAUSTED',
  [CloseCode.tooManyCommands]: 'RESOURCE_EXHAUSTED',
};

/** Why a call is refused that chat has never heard of. */
export class GrpcRefusal extends Error {
  constructor(
    readonly code: keyof typeof status,
    sentence: string,
  ) {
    super(sentence);
    this.name = 'GrpcRefusal';
  }
}

/** Anything but a refusal is a bug of ours, of which the client learns nothing. */
export function statusOf(error: unknown): GrpcStatus {
  const isRefusal = error instanceof ChatRefusal || error instanceof GrpcRefusal;
  return isRefusal ? statusCalled(error.code, error.message) : statusCalled('INTERNAL', OUR_FAULT);
}

/** @param closeCode with which Hermes ends a session */
export function statusOfClosing(closeCode: number, reason: string): GrpcStatus {
  return statusCalled(CLOSED[closeCode] ?? 'UNAVAILABLE', reason);
}

function statusCalled(name: keyof typeof status, sentence: string): GrpcStatus {
  // Half a surrogate pair, which a client may have put into an id that is quoted, would keep the status from being sent.
  const details = Buffer.from(sentence).toString();
  return { code: status[name], message: details, details };
}

/** What a stream is told about an event that failed. */
export function errorOf(error: unknown, { ref = '' }: ClientEvent): ChatError {
  const { code, details } = statusOf(error);
  return { ref: ref.length > LONGEST_REF ? '' : ref, code: status[code], message: details };
}
