/** Every setting that has no default; nobody answers at these addresses. */
export const SETTINGS = {
  ADVOWARE_WATCHER_AUTH_TOKEN: 'token',
  ADVOWARE_API_BASE_URL: 'http://127.0.0.1:9',
  ADVOWARE_SECURITY_URL: 'http://127.0.0.1:9',
  ADVOWARE_APP_ID: 'app',
  ADVOWARE_API_KEY: 'dGVzdA==',
  ADVOWARE_KANZLEI: 'Kanzlei',
  ADVOWARE_DATABASE: 'database',
  ADVOWARE_USER: 'user',
  ADVOWARE_PASSWORD: 'password',
  ESPOCRM_API_BASE_URL: 'http://127.0.0.1:9/api/v1',
  ESPOCRM_API_KEY: 'key',
}
