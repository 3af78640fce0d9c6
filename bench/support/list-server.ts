import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ListServer {
  /** A target of a configuration that reads it. */
  readonly target: Readonly<Record<string, unknown>>;
  close(): void;
}

/** A vendor in small: a Polaris whose list is always the same bytes, and which knows no rows. */
export async function startListServer(records: readonly object[]): Promise<ListServer> {
  const list = Buffer.from(JSON.stringify({ values: records }));
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(request.url?.endsWith('/metrics') === true ? '{"totals":{}}' : list);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    target: {
      name: 'bench',
      vendor: 'polaris',
      base_url: `http://127.0.0.1:${port}`,
      project_id: PROJECT,
      auth: { api_key: 'bench' },
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export const PROJECT = '5a2d9c1e-7b34-4f60-8e21-0c9f6d1b7a48';
