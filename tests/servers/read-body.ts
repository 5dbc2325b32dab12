import type { IncomingMessage } from 'node:http';

/** Reads a body; undefined once it is larger than allowed. */
export async function readBytes(incoming: IncomingMessage, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    // Read on to the end, so that the answer reaches a client that is still writing.
    if (size <= bytesMax) chunks.push(chunk);
  }
  return size > bytesMax ? undefined : Buffer.concat(chunks);
}

/** Reads a multipart form. @throws when the bytes are none. */
export async function readForm(bytes: Buffer, contentType: string): Promise<FormData> {
  return await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData();
}
