import type { FactoryProvider } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { SettingsClass } from './setting.decorator.js';

/** Makes one section injectable by its class in the module of the feature that owns it. */
export function provideSettings<T extends object>(section: SettingsClass<T>): FactoryProvider<T> {
  return {
    provide: section,
    inject: [ConfigService],
    useFactory: (config: ConfigService) => config.getOrThrow<T>(section.name),
  };
}
