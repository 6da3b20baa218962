import { readFileSync } from 'node:fs';
import type { ConfigurationError } from '../../../config/index.js';
import { settingsFrom } from '../../../settings.js';
import { readCommands } from './commands-file.js';

const EXAMPLE = 'src/gateways/commands/example.commands.yaml';

/** A file with one command, which GETs, unless said otherwise. */
function aFile(command: object, request: object = {}): string {
  return JSON.stringify({
    commands: { look: { ...command, request: { url: 'http://a.example/things', ...request } } },
  });
}

function faultsWith(environment: Record<string, string>): readonly string[] {
  try {
    settingsFrom(environment);
    return [];
  } catch (error) {
    return (error as ConfigurationError).faults;
  }
}

const NAME = { options: { name: { type: 'string', required: true } } };

describe('the commands file', () => {
  it('that is shipped as an example has no fault', () => {
    const { commands, faults } = readCommands(readFileSync(EXAMPLE, 'utf8'));

    expect(faults).toEqual([]);
    expect([...commands.keys()]).toEqual([
      'getMyNotifications',
      'getMyNotificationsCount',
      'updateNotifications',
      'getSchedules',
      'getTournament',
    ]);
    expect([...commands.values()].map(({ needsUser }) => needsUser)).toEqual([false, false, false, false, false]);
  });

  it('may be JSON as well as YAML', () => {
    expect(readCommands(aFile({})).faults).toEqual([]);
    expect(readCommands('commands:\n  look: { request: { url: "http://a.example" } }').faults).toEqual([]);
  });

  it.each([
    ['[]', 'the file must be an object'],
    ['commands: []', 'commands must be an object'],
    ['colour: red', 'colour is no setting here; there are commands'],
    ['commands: { authentication: { request: { url: "http://a" } } }', 'commands.authentication is built in'],
    ['commands: { "a b": { request: { url: "http://a" } } }', 'commands.a b must be named'],
    ['commands: { a: 7 }', 'commands.a must be an object'],
    ['commands: { a: {} }', 'commands.a.request must be an object'],
    [aFile({ colour: 'red' }), 'commands.look.colour is no setting here'],
    [aFile({ paths: 'web' }), 'commands.look.paths must be a list that is not empty'],
    [aFile({}, { method: 'TRACE' }), 'commands.look.request.method must be one of GET, POST, PUT, PATCH, DELETE'],
    [aFile({}, { body: {} }), 'commands.look.request.body must not be there with the method GET'],
    [aFile({}, { token: 'a b' }), 'commands.look.request.token must be the name of an HTTP header'],
    [aFile({}, { token: 'Host' }), 'commands.look.request.token is a header that HTTP itself needs'],
    [aFile({}, { query: { a: [] } }), 'commands.look.request.query.a must be a text, a number'],
    [aFile({}, { query: { a: '{options.name}' } }), '{options.name} is not among the declared options'],
    [aFile({}, { query: { a: '{name}' } }), '{name} must begin with options or user'],
    [aFile({}, { query: { a: '{user.role}' } }), '{user.role} must be {user.id} or {user.id?}'],
    [aFile({}, { url: 'http://a.example/{user.id?}' }), '{user.id?} must be {user.id}: a path cannot do without'],
    [aFile({}, { query: { a: '{user.name?}' } }), '{user.name?} must be {user.id} or {user.id?}'],
    [aFile({}, { query: { a: '{answer.total}' } }), '{answer.total} must begin with options or user'],
    [
      aFile({ options: { name: { type: 'object' } } }, { query: { a: '{options.name}' } }),
      '{options.name} must be a value or an array of values',
    ],
    [
      aFile({ options: { name: { type: 'array', of: { type: 'string' } } } }, { query: { a: 'x{options.name}' } }),
      '{options.name} must be neither array nor object inside a text',
    ],
    [aFile({ options: { name: { type: 'text' } } }), 'commands.look.options.name.type must be one of string, scalar'],
    [aFile({ options: { name: { type: 'array' } } }), 'commands.look.options.name.of must be an object'],
    [aFile({ options: { name: { type: 'string', enum: 'a' } } }), 'commands.look.options.name.enum must be a list'],
    [aFile({ options: { name: { type: 'string', required: 1 } } }), 'commands.look.options.name.required must be true'],
    [aFile({ options: { name: { type: 'string', min: 2, max: 1 } } }), 'commands.look.options.name.min must not be'],
    [aFile({ options: { __proto: { type: 'string' } } }), 'commands.look.options.__proto must be a letter'],
    [aFile({ subscribe: { resource: 'thing' } }), 'commands.look.subscribe.where must say'],
    [aFile({ subscribe: { where: {} } }), 'commands.look.subscribe.resource must be a text'],
    [aFile({ subscribe: { resource: 'a', where: 1 } }, { method: 'PUT' }), 'commands.look.subscribe is for commands'],
    [aFile({ payload: '{answer.a' }, { url: '/things' }), 'commands.look.request.url must be a URL'],
    [aFile({}, { url: 'ftp://a.example' }), 'must be an http(s) URL'],
    [aFile({}, { url: 'http://me:secret@a.example' }), 'must not contain a user name or password'],
    [aFile({}, { url: 'http://a.example/#b' }), 'must not contain a #'],
    [aFile(NAME, { url: 'http://{options.name}/' }), 'must not contain { } before its path'],
    [aFile(NAME, { url: 'http://a.{options.name}' }), 'must not contain { } before its path'],
    [aFile(NAME, { url: 'http://a:8{options.name}/' }), 'must be a URL'],
    [aFile(NAME, { url: 'http:\\\\a.example\\{options.name}' }), 'must not contain { } before its path'],
    [aFile(NAME, { url: 'http://a.example/?a={options.name}' }), 'must not contain { } behind the ?'],
    [aFile(NAME, { url: 'http://a.example/{options.name' }), 'must close every { with a }'],
    [
      aFile({ options: { name: { type: 'string' } } }, { url: 'http://a.example/{options.name}' }),
      '{options.name} must be required',
    ],
    ['commands: {', 'line 1'],
    ['commands:\n  a: {}\n  a: {}', 'unique'],
  ])('%s has a fault', (file, fault) => {
    expect(readCommands(file).faults.join('\n')).toContain(fault);
  });

  it('stops the start when it cannot be read', () => {
    expect(faultsWith({ HERMES_COMMANDS_FILE: '/nowhere/commands.yaml' })).toEqual([
      'HERMES_COMMANDS_FILE: must be the path of a readable JSON or YAML file (ENOENT), got "/nowhere/commands.yaml"',
    ]);
  });

  it('stops the start with each of its faults in the list, by path', () => {
    expect(faultsWith({ HERMES_COMMANDS_FILE: EXAMPLE, HERMES_COMMANDS_PATHS: '/web' })).toEqual([
      'HERMES_COMMANDS_FILE: commands.getSchedules.paths: /mobile is not in HERMES_COMMANDS_PATHS',
      'HERMES_COMMANDS_FILE: commands.getTournament.paths: /mobile is not in HERMES_COMMANDS_PATHS',
    ]);
  });
});
