import { Module } from '@nestjs/common';
import { HttpDoor } from './http-door.js';

/** The requests of the HTTP server, whatever they are for. */
@Module({
  providers: [HttpDoor],
  exports: [HttpDoor],
})
export class HttpModule {}
