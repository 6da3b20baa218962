import { ApplicationConfig } from '@nestjs/core';
import { unsupportedBy, unsupportedGlobals } from './gateway-support.js';

class Plain {
  sessionOpened(): void {
    // Nothing to do.
  }
}

class Expectant {
  handleConnection(): void {
    // Never called.
  }

  handleDisconnect(): void {
    // Never called.
  }
}

function faultsOf(metatype: new () => object, isDependencyTreeStatic = true): string[] {
  return unsupportedBy({ metatype, instance: new metatype(), isDependencyTreeStatic });
}

describe('what a gateway asks of Nest in vain', () => {
  it('is nothing for a gateway as the guide has it', () => {
    expect(faultsOf(Plain)).toEqual([]);
    expect(unsupportedGlobals(new ApplicationConfig())).toEqual([]);
  });

  it('is a hook that is never called', () => {
    expect(faultsOf(Expectant)).toEqual([
      'Expectant.handleConnection is never called: implement sessionOpened instead',
      'Expectant.handleDisconnect is never called: implement sessionClosed instead',
    ]);
  });

  it('is an instance for each request', () => {
    expect(faultsOf(Plain, false)).toEqual([
      'Plain is request-scoped: a gateway and all that it injects live as long as Hermes',
    ]);
  });

  it('is what is global', () => {
    const application = new ApplicationConfig();
    application.addGlobalGuard({ canActivate: () => false });

    expect(unsupportedGlobals(application)).toEqual([
      expect.stringMatching(/^global guards \(APP_GUARD,.+@UseGuards\(\)/),
    ]);
  });
});
