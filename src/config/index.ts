export { provideSettings } from './provide-settings.js';
export {
  ConfigurationError,
  readSettings,
  type CrossChecked,
  type Environment,
  type Settings,
} from './read-settings.js';
export { Setting, settingsOf, type SettingsClass } from './setting.decorator.js';
export { readTlsFiles, tlsFaults, type TlsFiles, type TlsMaterial } from './tls-files.js';
export { byteSize, commaList, duration } from './units.js';
export { urlList } from './url-list.js';
