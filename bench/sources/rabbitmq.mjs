import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { accepts, freePort } from '../machine/free-port.mjs';
import { findProgram, provide } from '../machine/install.mjs';
import { OwnedProcess } from '../machine/owned-process.mjs';

/** The program behind Debian's wrapper, which would change the user. */
const PLACES = ['/usr/lib/rabbitmq/bin/rabbitmq-server', '/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server'];

/**
 * The broker of a run: the one that TEST_RABBITMQ_URL names, as for the tests, else one of its own on loopback, with the
 * same settings as the tests give theirs.
 */
export class RabbitMq {
  #processes = [];

  static async start() {
    const broker = new RabbitMq();
    const given = process.env.TEST_RABBITMQ_URL;
    if (given) broker.uri = given;
    else await broker.#launch();
    return broker;
  }

  async stop() {
    for (const running of this.#processes.toReversed()) await running.stop(0);
  }

  async #launch() {
    const { path, absent } = provide('rabbitmq-server', { packages: ['rabbitmq-server'], places: PLACES });
    if (absent) throw new Error(`no RabbitMQ to measure with: ${absent}`);
    const [amqp, distribution, portMapper] = [await freePort(), await freePort(), await freePort()];
    const folder = join(process.env.TEST_RUN_DIRECTORY, `rabbitmq-${amqp}`);
    mkdirSync(folder, { recursive: true });
    const conf = [`listeners.tcp.1 = 127.0.0.1:${amqp}`, 'disk_free_limit.absolute = 1MB', ''];
    writeFileSync(join(folder, 'rabbitmq.conf'), conf.join('\n'));
    writeFileSync(join(folder, 'enabled_plugins'), '[].\n');
    const env = environment(folder, { amqp, distribution, portMapper });
    const epmd = findProgram('epmd', join(dirname(path), 'epmd')) ?? 'epmd';
    this.#processes.push(
      new OwnedProcess('epmd', epmd, ['-address', '127.0.0.1', '-port', `${portMapper}`], { env }),
      new OwnedProcess('rabbitmq', path, [], { env, cwd: folder }),
    );
    await this.#processes[1].until(() => accepts(amqp), 90_000);
    this.uri = `amqp://guest:guest@127.0.0.1:${amqp}`;
  }
}

function environment(folder, { amqp, distribution, portMapper }) {
  return {
    HOME: folder,
    HOSTNAME: 'localhost',
    RABBITMQ_NODENAME: `hermes-bench${amqp}@localhost`,
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: `${portMapper}`,
    RABBITMQ_DIST_PORT: `${distribution}`,
    // The start script then becomes the broker instead of waiting for it, so its end is the end of the broker.
    RUNNING_UNDER_SYSTEMD: 'true',
    // No busy waiting: an idle broker leaves the processor to what is measured.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      '-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none',
  };
}
