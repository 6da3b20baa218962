import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { provideSettings } from '../config/index.js';
import { ApiConfig } from './api-key.config.js';
import { ApiKey } from './api-key.js';
import { AuthRegistry } from './auth-registry.js';
import { AuthWiring } from './auth-wiring.js';
import { AuthConfig } from './auth.config.js';
import { AuthService } from './auth.service.js';

/** Finds the providers of other teams wherever in the application their modules are imported. */
@Module({
  imports: [DiscoveryModule, HttpModule],
  providers: [provideSettings(AuthConfig), provideSettings(ApiConfig), ApiKey, AuthRegistry, AuthService, AuthWiring],
  exports: [ApiKey, AuthRegistry, AuthService],
})
export class AuthModule {}
