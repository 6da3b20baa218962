export { HttpSourceConfig } from './http.config.js';
export { HttpSourceModule } from './http.module.js';
