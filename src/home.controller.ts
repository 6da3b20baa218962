import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { SUBSCRIBE_PATH } from '@hermes/protocol';

/** What somebody is told who opens the address of Hermes in a browser: that they are right, and where things are. */
@ApiExcludeController()
@Controller()
export class HomeController {
  @Get()
  where(): object {
    return {
      name: 'hermes',
      clients: `${SUBSCRIBE_PATH} (WebSocket)`,
      publishers: '/api/events (POST, with the API key)',
      description: '/api/docs',
      health: '/health/ready',
    };
  }
}
