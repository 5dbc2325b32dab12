import { ApiError } from './api.js';

/** What a person is told about a failed request; the server's own sentence where it gave one. */
export function errorText({ t }, error) {
  if (!(error instanceof ApiError)) throw error;
  if (error.code === 'network') return t('error.network');
  return error.message || t('error.server');
}
