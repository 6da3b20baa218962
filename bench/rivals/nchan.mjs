import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accepts, freePort } from '../machine/free-port.mjs';
import { findProgram, provide } from '../machine/install.mjs';
import { TcpPublisher } from '../sources/tcp-publisher.mjs';
import { Rival } from './rival.mjs';

const MODULE = '/usr/lib/nginx/modules/ngx_nchan_module.so';

/** nginx with the Nchan module, one worker; published to over HTTP, pipelined on one connection. */
export class Nchan extends Rival {
  name = 'nchan';
  front = 'HTTP, pipelined';
  #program;
  #port;

  absent() {
    const packages = ['nginx', 'libnginx-mod-nchan'];
    if (findProgram('', MODULE) === undefined) provide(MODULE, { packages });
    const { path, absent } = provide('nginx', { packages });
    this.#program = path;
    return absent ?? (findProgram('', MODULE) ? undefined : 'the module Nchan is not installed');
  }

  async start() {
    this.#port = await freePort();
    const folder = join(process.env.TEST_RUN_DIRECTORY, `nchan-${this.#port}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'nginx.conf'), configuration(folder, this.#port));
    const args = ['-c', join(folder, 'nginx.conf'), '-p', folder, '-e', join(folder, 'error.log')];
    await this.run(this.#program, args).until(() => accepts(this.#port));
  }

  clients(channel) {
    return { port: this.#port, path: `/sub/${channel}`, steps: [] };
  }

  publisher() {
    const head = (channel) => `POST /pub/${channel} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n`;
    return TcpPublisher.open(
      this.#port,
      '',
      ({ channel, payload }) => `${head(channel)}Content-Length: ${payload.length}\r\n\r\n${payload}`,
    );
  }
}

function configuration(folder, port) {
  return `
load_module ${MODULE};
user root;
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${folder}/pid;
events { worker_connections 16384; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 100000000;
  nchan_shared_memory_size 256M;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location ~ ^/sub/(.+)$ {
      nchan_subscriber websocket;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
    }
    location ~ ^/pub/(.+)$ {
      nchan_publisher http;
      nchan_channel_id $1;
      # The buffer holds a whole burst: with the usual ten messages a slower subscriber would lose some.
      nchan_message_buffer_length 4000;
      nchan_message_timeout 30s;
    }
  }
}
`;
}
