import { describeWithKafka } from './kafka.service.js';
import { describeWithNats } from './nats.service.js';
import { describeWithRabbit, type SharedRabbit } from './rabbitmq.service.js';

/** Each is undefined when it cannot be had here, else there once tests and hooks run. */
export interface Services {
  readonly rabbit: (() => SharedRabbit) | undefined;
  readonly nats: (() => string) | undefined;
  readonly kafka: (() => string) | undefined;
}

type DescribeWith<T> = (name: string, suite: (service: () => T) => void) => void;

/** A suite on as many of the services as can be had; the summary names the others and says why they cannot. */
export function describeWithWhatThereIs(name: string, suite: (services: Services) => void): void {
  describe(name, () => {
    withOrWithout(describeWithRabbit, 'RabbitMQ', (rabbit) => {
      withOrWithout(describeWithNats, 'NATS', (nats) => {
        withOrWithout(describeWithKafka, 'Kafka', (kafka) => suite({ rabbit, nats, kafka }));
      });
    });
  });
}

/** Where the service's own `describe` would skip the suite, it is run without the service. */
function withOrWithout<T>(
  describeWith: DescribeWith<T>,
  service: string,
  suite: (service: (() => T) | undefined) => void,
): void {
  const { skip } = describe;
  const without = (): void => {
    describe.skip = skip;
    describe(`without ${service}`, () => suite(undefined));
  };
  describe.skip = Object.assign(without, skip);
  describeWith(`with ${service}`, (there) => {
    describe.skip = skip;
    suite(there);
  });
}
