const base = '/playground/api';

/** The server's refusal, in the person's language; `code` is `network` when no answer came. */
export class ApiError extends Error {
  constructor(code, message, status) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
  }
}

export const getSession = (user) => get('bootstrap', { user });
export const getMessages = (user) => get('messages', { user });
export const getChoices = (user, text, signal) => get('complete', { user, text }, signal);
export const postMessage = (body) => post('messages', body);
export const postAction = (body) => post('actions', body);
export const eventsUrl = (user) => `${base}/events?${new URLSearchParams({ user })}`;

function get(path, query, signal) {
  return request(`${base}/${path}?${new URLSearchParams(query)}`, signal ? { signal } : {});
}

function post(path, body) {
  return request(`${base}/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** @throws {ApiError} */
async function request(url, options) {
  const response = await fetch(url, options).catch((cause) => {
    if (cause.name === 'AbortError') throw cause;
    throw new ApiError('network', '', 0);
  });
  const body = await response.json().catch(() => null);
  if (response.ok && body !== null) return body;
  throw new ApiError(body?.error?.code ?? 'server', body?.error?.message ?? '', response.status);
}
