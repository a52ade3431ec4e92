import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';

/** When the client goes away. */
const MOMENTS = ['at once', 'with the head', 'with the first bytes'] as const;

/** Begins a download and goes away. Resolves when the connection is closed on this side. */
async function abortDownload(url: string, token: string, moment: (typeof MOMENTS)[number]): Promise<void> {
  const outgoing = request(url, { headers: { authorization: `Bearer ${token}` }, agent: false });
  const closed = new Promise<void>((resolve) => {
    outgoing.once('close', resolve);
  });
  outgoing.on('error', () => undefined);
  outgoing.end();
  if (moment === 'at once') {
    await once(outgoing, 'finish');
  } else {
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    incoming.on('error', () => undefined);
    if (incoming.statusCode !== 200)
      throw new Error(`the download was answered ${incoming.statusCode ?? ''}`);
    if (moment === 'with the first bytes') await once(incoming, 'data');
    incoming.destroy();
  }
  outgoing.destroy();
  await closed;
}

/** So many downloads, a number of them at a time, each given up at the next of the moments. */
export async function abortDownloads(
  url: string,
  token: string,
  count: number,
  atOnce: number,
): Promise<void> {
  let begun = 0;
  const client = async (): Promise<void> => {
    while (begun < count) {
      const moment = MOMENTS[begun % MOMENTS.length] ?? 'at once';
      begun += 1;
      await abortDownload(url, token, moment);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
}
