import { Controller, Get } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AddressesConfig } from '../addresses/index.js';
import { ApiConfig } from './api-key.config.js';
import { ApiKeyGate } from './api-key.gate.js';
import { ApiKey } from './api-key.js';

@Controller('api')
class ApiController {
  @Get('events')
  events(): string {
    return 'in';
  }
}

describe('API key gate', () => {
  let app: NestFastifyApplication;
  let url: string;

  beforeAll(async () => {
    const config = Object.assign(new ApiConfig(), { apiKey: 's3cret' });
    const module = await Test.createTestingModule({
      controllers: [ApiController],
      providers: [ApiKey, ApiKeyGate, AddressesConfig, { provide: ApiConfig, useValue: config }],
    }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    url = `${await app.getUrl()}/api/events`;
  });
  afterAll(() => app.close());

  it.each(['Bearer s3cret', 'bearer s3cret', 'Bearer  s3cret'])('lets %j in', async (authorization) => {
    const answer = await fetch(url, { headers: { authorization } });
    expect([answer.status, await answer.text()]).toEqual([200, 'in']);
  });

  it.each([undefined, '', 's3cret', 'Bearer', 'Bearer S3cret', 'Bearer s3cret s3cret', 'Basic s3cret'])(
    'turns %j away and says what to send',
    async (authorization) => {
      const answer = await fetch(url, { headers: authorization === undefined ? {} : { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      const body = await answer.text();
      expect(JSON.parse(body)).toMatchObject({
        statusCode: 401,
        message: expect.stringContaining('Authorization: Bearer'),
      });
      expect(body).not.toContain('s3cret');
    },
  );
});
