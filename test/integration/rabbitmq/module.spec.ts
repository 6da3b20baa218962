import { Logger, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Test, type TestingModule } from '@nestjs/testing';
import { readSettings } from '../../../src/config/index.js';
import { EventIntake } from '../../../src/delivery/index.js';
import { CommandBudgetConfig, DeliveryConfig, SessionsConfig } from '../../../src/sessions/index.js';
import { SourceRegistry } from '../../../src/sources/index.js';
import { RabbitMqBus, RabbitMqBusModule, RabbitMqConfig, RabbitMqModule } from '../../../src/sources/rabbitmq/index.js';
import { anEvent } from '../../support/builders/index.js';
import { describeWithRabbit, waitFor } from '../../support/index.js';

Logger.overrideLogger(false);

@Module({ imports: [RabbitMqModule, RabbitMqBusModule] })
class Application {}

@Module({ imports: [RabbitMqModule] })
class Listener {}

function accepted(application: TestingModule): number {
  return application.get(EventIntake).fates.get('rabbitmq')?.get('accepted') ?? 0;
}

describeWithRabbit('the module of RabbitMQ', (rabbit) => {
  async function anApplication(module: typeof Application = Application): Promise<TestingModule> {
    const settings = readSettings({ HERMES_RABBITMQ_URI: rabbit().uri }, [
      RabbitMqConfig,
      CommandBudgetConfig,
      DeliveryConfig,
      SessionsConfig,
    ]);
    const configuration = ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => settings] });
    const application = await Test.createTestingModule({ imports: [configuration, module] }).compile();
    await application.init();
    application.get(SourceRegistry).start();
    return application;
  }

  it('serves several applications in one process, and each stops alone', async () => {
    const [one, two] = await Promise.all([anApplication(), anApplication()]);
    await waitFor('both to consume', () =>
      [one, two].every((application) => application.get(SourceRegistry).sources[0]?.state.kind === 'consuming'),
    );
    // Publishing has a connection of its own, which may be there a moment after the consumer.
    await waitFor('the bus to take the event', async () => {
      const outcome = await one.get(RabbitMqBus).publish([anEvent()]);
      return outcome.kind === 'published';
    });
    await waitFor('the event in both', () => accepted(one) === 1 && accepted(two) === 1);
    await one.close();
    await waitFor('the bus to be there', () => two.get(RabbitMqBus).stats.connects === 1);
    await expect(two.get(RabbitMqBus).publish([anEvent()])).resolves.toEqual({ kind: 'published' });
    await waitFor('the event in the other', () => accepted(two) === 2);
    await two.close();

    expect(accepted(one)).toBe(1);
  });

  it('has no bus, and no connection for it, unless it is asked for one', async () => {
    const listener = await anApplication(Listener);
    await waitFor('it to consume', () => listener.get(SourceRegistry).sources[0]?.state.kind === 'consuming');

    expect(() => listener.get(RabbitMqBus, { strict: false })).toThrow('RabbitMqBus');
    await listener.close();
  });
});
