import { Injectable } from '@nestjs/common';
import { ChatWriter } from './chat-writer.js';
import { Sweep } from './live/index.js';

/** How chat ends, when its sessions have: what was asked for is stored, then nothing is read any more. */
@Injectable()
export class ChatShutdown {
  constructor(
    private readonly writer: ChatWriter,
    private readonly sweep: Sweep,
  ) {}

  /** Resolves when nothing of it is on its way to the store. */
  async stop(): Promise<void> {
    await this.writer.stop();
    await this.sweep.stop();
  }
}
