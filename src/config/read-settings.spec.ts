import { IsIn, IsInt, Max, Min } from 'class-validator';
import { ConfigurationError, readSettings, type CrossChecked, type Environment } from './read-settings.js';
import { Setting, settingsOf } from './setting.decorator.js';
import { byteSize, commaList, duration } from './units.js';

class ServerConfig {
  @Setting('HERMES_HOST', 'address to listen on')
  readonly host: string = 'localhost';

  @Setting('HERMES_PORT', 'port to listen on')
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly port: number = 8080;

  @Setting('HERMES_VERBOSE', 'whether to say more')
  readonly verbose: boolean = false;

  @Setting('HERMES_TIMEOUT', 'how long to wait', { parse: duration })
  @IsInt()
  @Min(100)
  readonly timeout: number = 1_000;

  @Setting('HERMES_LIMIT', 'how much to take', { parse: byteSize })
  readonly limit: number = 1_024;

  @Setting('HERMES_ORIGINS', 'who may come', { parse: commaList })
  readonly origins: readonly string[] = [];

  /** Not a setting: belongs to no variable. */
  readonly derived: string = 'as it is';
}

class KeyConfig {
  @Setting('HERMES_KEY', 'a secret word', { secret: true })
  @IsIn(['open sesame'])
  readonly key: string = 'open sesame';

  @Setting('HERMES_PROVIDERS', 'secrets in JSON', { secret: true, parse: () => fail('must be JSON') })
  readonly providers: string = '';
}

class RangeConfig implements CrossChecked {
  @Setting('HERMES_LEAST', 'the least')
  readonly least: number = 1;

  @Setting('HERMES_MOST', 'the most')
  readonly most: number = 10;

  faults(): string[] {
    return this.least > this.most ? ['HERMES_LEAST must not be above HERMES_MOST'] : [];
  }
}

const sections = [ServerConfig, KeyConfig, RangeConfig];

function fail(sentence: string): never {
  throw new Error(sentence);
}

function server(environment: Environment): ServerConfig {
  return readSettings(environment, sections)['ServerConfig'] as ServerConfig;
}

function faultsOf(environment: Environment): readonly string[] {
  try {
    readSettings(environment, sections);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

describe('readSettings', () => {
  it('fills every section with its defaults when nothing is set', () => {
    const settings = readSettings({}, sections);

    expect(Object.keys(settings)).toEqual(['ServerConfig', 'KeyConfig', 'RangeConfig']);
    expect(settings['ServerConfig']).toEqual(new ServerConfig());
  });

  it('reads each value as its type is declared, or as its unit says', () => {
    const settings = server({
      HERMES_HOST: '0.0.0.0',
      HERMES_PORT: '9000',
      HERMES_VERBOSE: 'true',
      HERMES_TIMEOUT: '2.5s',
      HERMES_LIMIT: '64KiB',
      HERMES_ORIGINS: 'https://a.example, https://b.example',
    });

    expect(settings).toEqual({
      host: '0.0.0.0',
      port: 9_000,
      verbose: true,
      timeout: 2_500,
      limit: 65_536,
      origins: ['https://a.example', 'https://b.example'],
      derived: 'as it is',
    });
  });

  it('takes white space around a value for none, and an empty value for none at all', () => {
    expect(server({ HERMES_PORT: ' 9000 ', HERMES_HOST: '', HERMES_TIMEOUT: '  ' })).toMatchObject({
      port: 9_000,
      host: 'localhost',
      timeout: 1_000,
    });
  });

  it('leaves the rest of the environment alone', () => {
    expect(faultsOf({ PATH: '/bin', HOME: '/', NOT_HERMES_PORT: 'x', hermes_port: 'x' })).toEqual([]);
  });

  it('leaves alone what Kubernetes adds beside a Service named hermes, and what the terminal client reads', () => {
    const environment = {
      HERMES_SERVICE_HOST: '10.0.0.1',
      HERMES_SERVICE_PORT: '8080',
      HERMES_SERVICE_PORT_HTTP: '8080',
      HERMES_GRPC_SERVICE_HOST: '10.0.0.1',
      HERMES_GRPC_PORT_50051_TCP_ADDR: '10.0.0.1',
      HERMES_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      HERMES_PORT_8080_TCP_PROTO: 'tcp',
      HERMES_PORT_8080_TCP_PORT: '8080',
      HERMES_PORT_8080_TCP_ADDR: '10.0.0.1',
      HERMES_TOKEN: 'whose?',
    };
    expect(faultsOf(environment)).toEqual([]);
    expect(faultsOf({ HERMES_SERVICE: '1', HERMES_PORT_TCP: '1', HERMES_TOKENS: '1' })).toHaveLength(3);
  });

  it('says whence a port comes that Kubernetes has set', () => {
    expect(faultsOf({ HERMES_PORT: 'tcp://10.0.0.1:8080' })).toEqual([
      'HERMES_PORT: must be a number, got "tcp://10.0.0.1:8080", which Kubernetes sets for a Service named hermes: ' +
        'give the pod enableServiceLinks: false, or set HERMES_PORT',
    ]);
  });

  it('freezes everything', () => {
    const settings = readSettings({}, sections);

    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.values(settings).every((section) => Object.isFrozen(section))).toBe(true);
  });

  describe('faults', () => {
    it('names the variable, the rule and what was given', () => {
      expect(faultsOf({ HERMES_PORT: '70000' })).toEqual(['HERMES_PORT: must not be greater than 65535, got "70000"']);
      expect(faultsOf({ HERMES_PORT: 'eighty' })).toEqual(['HERMES_PORT: must be a number, got "eighty"']);
      expect(faultsOf({ HERMES_PORT: '80.5' })).toEqual(['HERMES_PORT: must be an integer number, got "80.5"']);
      expect(faultsOf({ HERMES_VERBOSE: 'yes' })).toEqual(['HERMES_VERBOSE: must be true or false, got "yes"']);
      expect(faultsOf({ HERMES_TIMEOUT: '1 hour' })).toEqual([
        'HERMES_TIMEOUT: must be a duration such as 250ms, 25s, 5m or 1h (a bare number counts seconds), got "1 hour"',
      ]);
      expect(faultsOf({ HERMES_TIMEOUT: '5ms' })).toEqual(['HERMES_TIMEOUT: must not be less than 100, got "5ms"']);
    });

    it.each(['1e3', '0x10', '1_000', '+1', 'Infinity', 'NaN', '1.'])('does not take %s for a number', (text) => {
      expect(faultsOf({ HERMES_PORT: text })).toEqual([`HERMES_PORT: must be a number, got "${text}"`]);
    });

    it('are all told together, one line each', () => {
      const environment = { HERMES_PORT: '-1', HERMES_VERBOSE: 'yes', HERMES_LEAST: '11', HERMES_NONSENSE: '1' };

      expect(faultsOf(environment)).toHaveLength(4);
      expect(() => readSettings(environment, sections)).toThrow(
        /^Hermes cannot start: 4 settings to mend\n(?: {2}HERMES_.+\n?){4}$/,
      );
    });

    it('are counted in plain words when there is one', () => {
      expect(() => readSettings({ HERMES_PORT: '-1' }, sections)).toThrow('Hermes cannot start: 1 setting to mend\n');
    });

    it('of several settings together are told by their section', () => {
      expect(faultsOf({ HERMES_LEAST: '5', HERMES_MOST: '4' })).toEqual(['HERMES_LEAST must not be above HERMES_MOST']);
      expect(faultsOf({ HERMES_LEAST: '4', HERMES_MOST: '4' })).toEqual([]);
    });

    it('of several settings together are not looked for among values that could not be read', () => {
      expect(faultsOf({ HERMES_LEAST: 'many', HERMES_MOST: '0' })).toEqual([
        'HERMES_LEAST: must be a number, got "many"',
      ]);
    });

    it('never repeat a secret, whether it could not be read or is not allowed', () => {
      const faults = faultsOf({ HERMES_KEY: 'geheim', HERMES_PROVIDERS: 'geheim' });

      expect(faults).toEqual([
        'HERMES_PROVIDERS: must be JSON',
        'HERMES_KEY: must be one of the following values: open sesame',
      ]);
      expect(faults.join()).not.toContain('geheim');
    });

    it('never repeat the value of a name nobody knows: it may be a secret, misspelt', () => {
      expect(faultsOf({ HERMES_KYE: 'geheim' }).join()).not.toContain('geheim');
    });
  });

  describe('an unknown name', () => {
    it.each([
      ['HERMES_PROT', 'HERMES_PORT'],
      ['HERMES_PORTT', 'HERMES_PORT'],
      ['HERMES_HSOT', 'HERMES_HOST'],
      ['HERMES_ORIGIN', 'HERMES_ORIGINS'],
      ['HERMES_TIME_OUT', 'HERMES_TIMEOUT'],
    ])('%s suggests %s, the nearest there is', (name, suggestion) => {
      expect(faultsOf({ [name]: '1' })).toEqual([`${name}: no such setting; did you mean ${suggestion}?`]);
    });

    it('like no other suggests nothing', () => {
      expect(faultsOf({ HERMES_WINGED_SANDALS: '2' })).toEqual(['HERMES_WINGED_SANDALS: no such setting']);
    });

    it('is a fault even when it is empty', () => {
      expect(faultsOf({ HERMES_PROT: '' })).toHaveLength(1);
    });
  });
});

describe('Setting', () => {
  it('tells what the table of settings needs: variable, meaning, and in which order', () => {
    expect(settingsOf(RangeConfig).map(({ variable, property, about }) => [variable, property, about])).toEqual([
      ['HERMES_LEAST', 'least', 'the least'],
      ['HERMES_MOST', 'most', 'the most'],
    ]);
  });

  it('finds no settings on a class without any', () => {
    expect(settingsOf(class {})).toEqual([]);
  });

  it('refuses a type it cannot read by itself', () => {
    expect(() => {
      class Wrong {
        @Setting('HERMES_WHEN', 'a date')
        readonly when: Date = new Date(0);
      }
      return Wrong;
    }).toThrow('a setting that is not a string, number or boolean names its own parser');
  });
});
