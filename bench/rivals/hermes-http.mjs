import { TcpPublisher } from '../sources/tcp-publisher.mjs';
import { API_KEY, Hermes } from './hermes.mjs';

/** Hermes again, with no broker before it: published to over HTTP, as Nchan is. */
export class HermesHttp extends Hermes {
  front = 'HTTP, pipelined';

  start(tools) {
    return super.start({ ...tools, env: { ...tools.env, HERMES_RABBITMQ_URI: '', HERMES_RABBITMQ_EXCHANGES: '' } });
  }

  publisher() {
    return TcpPublisher.open(this.port, '', ({ channel, event, payload }) => {
      const body = `{"channel":"${channel}","event":"${event}","visibility":"broadcast","data":${payload}}`;
      return `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`;
    });
  }
}

const HEAD = [
  'POST /api/events HTTP/1.1',
  'Host: bench',
  `Authorization: Bearer ${API_KEY}`,
  'Content-Type: application/json',
  '',
].join('\r\n');
