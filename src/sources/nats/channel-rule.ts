import { WILDCARD, isReservedChannel } from '@hermes/protocol';

type Part = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'token'; readonly index: number };

const SUBJECT = { kind: 'subject' } as const;

/** How the channel of an event follows from the subject of its message: `{subject}`, or text with `{1}`, `{2}` … in it. */
export class ChannelRule {
  private constructor(private readonly parts: readonly (Part | typeof SUBJECT)[]) {}

  /** @throws {Error} saying what is wrong with the template */
  static parse(template: string): ChannelRule {
    if (template === WILDCARD) throw new Error(`${WILDCARD} means every channel and cannot be one`);
    if (isReservedChannel(template)) throw new Error(`${template} is a channel of Hermes's own: choose another`);
    const parts = template.split(/(\{[^{}]*\})/).filter((text) => text !== '');
    return new ChannelRule(parts.map(partOf));
  }

  /** The highest token that the rule takes from a subject. */
  get tokens(): number {
    return Math.max(0, ...this.parts.map((part) => (part.kind === 'token' ? part.index + 1 : 0)));
  }

  /** @returns the empty string when the subject lacks a token the rule asks for */
  channelOf(subject: string): string {
    if (this.parts.length === 1 && this.parts[0] === SUBJECT) return subject;
    const tokens = subject.split('.');
    if (tokens.length < this.tokens) return '';
    return this.parts.map((part) => textOf(part, subject, tokens)).join('');
  }
}

function partOf(text: string): Part | typeof SUBJECT {
  if (text === '{subject}') return SUBJECT;
  const [, digits] = /^\{([1-9]\d?)\}$/.exec(text) ?? [];
  if (digits !== undefined) return { kind: 'token', index: Number(digits) - 1 };
  if (/[{}]/.test(text)) throw new Error(`${text} is neither {subject} nor a token such as {1}`);
  return { kind: 'text', text };
}

function textOf(part: Part | typeof SUBJECT, subject: string, tokens: readonly string[]): string {
  switch (part.kind) {
    case 'subject':
      return subject;
    case 'token':
      return tokens[part.index] ?? '';
    case 'text':
      return part.text;
  }
}
