import type { FastifyInstance } from 'fastify';
import { RequestRefused } from '#bots/playground/refusal.ts';
import type { PlaygroundStore } from '#bots/playground/store.ts';
import { BlobMissingError, type BlobStore } from '#core/ports/blobs.ts';
import { sniffImageType } from '#media/inspect-image.ts';
import { MediaError } from '#media/media-error.ts';

/** Serves the room's own blobs: pictures as what their bytes are, everything else only as a download. */
export function serveFiles(server: FastifyInstance, blobs: BlobStore, store: PlaygroundStore): void {
  server.get<{ Params: { workspace: string; name: string } }>(
    '/playground/files/:workspace/:name',
    async (request, reply) => {
      const { workspace, name } = request.params;
      if (workspace !== (await store.workspaceId())) throw new RequestRefused(404, 'notFound');
      const bytes = await readBlob(blobs, `${workspace}/${name}`);
      const type = pictureType(bytes);
      if (!type) reply.header('content-disposition', 'attachment');
      return reply
        .header('content-type', type ?? 'application/octet-stream')
        .header('cache-control', name.startsWith('partial-') ? 'no-store' : 'private, max-age=31536000, immutable')
        .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
  );
}

async function readBlob(blobs: BlobStore, key: string): Promise<Uint8Array> {
  try {
    return await blobs.read(key);
  } catch (error) {
    if (error instanceof BlobMissingError) throw new RequestRefused(404, 'notFound');
    throw error;
  }
}

function pictureType(bytes: Uint8Array): string | undefined {
  try {
    return `image/${sniffImageType(bytes)}`;
  } catch (error) {
    if (error instanceof MediaError) return undefined;
    throw error;
  }
}
