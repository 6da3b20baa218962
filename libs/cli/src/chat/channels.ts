import type { Channel } from '@hermes/protocol';
import { jsonLine } from '../printable.js';
import type { Terminal } from '../terminal.js';
import type { ChatClient } from './chat-client.js';
import { channelTable } from './channel-table.js';
import type { ChatOptions } from './chat-target.js';
import { withClient } from './with-client.js';

const PAGE = 1_000;

/** @returns the exit code */
export function channels(options: ChatOptions, terminal: Terminal): Promise<number> {
  return withClient(options, terminal, async (client) => {
    const { userId } = await client.call('echo', {});
    const found = await allChannels(client);
    const lines = options.json
      ? found.map((channel) => jsonLine(JSON.stringify(channel)))
      : channelTable(found, userId, terminal.colours);
    if (found.length === 0) terminal.say('no channels yet: send somebody a message');
    else for (const line of lines) terminal.print(line);
    return 0;
  });
}

async function allChannels(client: ChatClient): Promise<readonly Channel[]> {
  const found: Channel[] = [];
  let pageToken = '';
  do {
    const page = await client.call('listChannels', { pageSize: PAGE, pageToken });
    found.push(...page.channels);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return found;
}
