import { Logger, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import { readSettings } from '../../../src/config/index.js';
import { EventIntake } from '../../../src/delivery/index.js';
import { CommandBudgetConfig, DeliveryConfig, SessionsConfig } from '../../../src/sessions/index.js';
import { SourceRegistry } from '../../../src/sources/index.js';
import { KafkaConfig, KafkaModule } from '../../../src/sources/kafka/index.js';
import { aBroadcast } from '../../support/describe-event-source.js';
import { describeWithKafka, waitFor } from '../../support/index.js';
import { Producer } from '../../support/kafka/producer.js';

Logger.overrideLogger(false);

@Module({ imports: [KafkaModule] })
class Application {}

describeWithKafka('the module of Kafka', (brokers) => {
  it('registers the source, which is started and stopped with the others', async () => {
    const producer = await Producer.connect(brokers());
    const topic = await producer.topic('module');
    const environment = { HERMES_KAFKA_BROKERS: brokers(), HERMES_KAFKA_TOPICS: topic };
    const settings = readSettings(environment, [KafkaConfig, CommandBudgetConfig, DeliveryConfig, SessionsConfig]);
    const configuration = ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [() => settings] });
    const application = await Test.createTestingModule({ imports: [configuration, Application] }).compile();
    await application.init();
    const registry = application.get(SourceRegistry);
    registry.start();
    await waitFor('the source to consume', () => registry.sources[0]?.state.kind === 'consuming');
    await producer.send(topic, { headers: aBroadcast('').headers, value: '1' });
    const accepted = (): number => application.get(EventIntake).fates.get('kafka')?.get('accepted') ?? 0;
    await waitFor('the event', () => accepted() === 1);
    await registry.stop();
    await application.close();
    await producer.close();

    expect(registry.sources[0]?.state).toEqual({ kind: 'stopped' });
  });
});
