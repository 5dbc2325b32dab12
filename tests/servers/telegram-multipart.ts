import type { UploadedFile } from '#tests/servers/telegram-requests.ts';

/**
 * Reads a multipart form. Node's own reader refuses unquoted file names with anything but token characters, which is
 * how grammY writes them and what Telegram takes. Files are views into `body`.
 */
export function readMultipart(
  body: Buffer,
  contentType: string,
): { fields: Record<string, string>; files: UploadedFile[] } | undefined {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const fields: Record<string, string> = {};
  const files: UploadedFile[] = [];
  const divider = Buffer.from(`\r\n--${boundary}`);
  let at = body.indexOf(divider.subarray(2)) + divider.length - 2;
  while (at >= divider.length - 2 && body.toString('latin1', at, at + 2) === '\r\n') {
    const headersEnd = body.indexOf('\r\n\r\n', at);
    const end = body.indexOf(divider, headersEnd + 4);
    if (headersEnd < 0 || end < 0) return undefined;
    const headers = body.toString('utf8', at + 2, headersEnd);
    const content = body.subarray(headersEnd + 4, end);
    const field = attribute(headers, 'name');
    if (field === undefined) return undefined;
    const name = attribute(headers, 'filename');
    if (name === undefined) fields[field] = content.toString();
    else {
      const type = /^content-type:\s*([^\r;]+)/im.exec(headers)?.[1]?.trim() ?? 'application/octet-stream';
      files.push({ field, name, type, bytes: content });
    }
    at = end + divider.length;
  }
  return body.toString('latin1', at, at + 2) === '--' ? { fields, files } : undefined;
}

function attribute(headers: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\r\\n]*))`, 'i').exec(headers) ?? [];
  return quoted ?? plain?.trim();
}
