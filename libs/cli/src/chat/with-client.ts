import type { Terminal } from '../terminal.js';
import { ChatClient } from './chat-client.js';
import { ChatFailure } from './chat-failure.js';
import { chatTargetOf, type ChatOptions, type ChatTarget } from './chat-target.js';

/**
 * Does something with a server, and says on standard error in one sentence why it was not done.
 *
 * @param work resolves with the exit code
 */
export async function withClient(
  options: ChatOptions,
  terminal: Terminal,
  work: (client: ChatClient, target: ChatTarget) => Promise<number>,
): Promise<number> {
  const target = chatTargetOf(terminal.folder, options);
  if (typeof target === 'string') return failed(terminal, target);
  const client = new ChatClient(target);
  try {
    return await work(client, target);
  } catch (error) {
    if (!(error instanceof ChatFailure)) throw error;
    return failed(terminal, error.message);
  } finally {
    client.close();
  }
}

export function failed(terminal: Terminal, sentence: string): 1 {
  terminal.say(`hermes: ${sentence}`);
  return 1;
}
