import { Client } from 'pg';

const CHANNEL = 'imgsrv_doctor';
const WAIT_MS = 1000;

/** Whether what one connection is told to listen for arrives there, when another one says it. */
export async function notificationArrives(url: string): Promise<boolean> {
  const [listener, speaker] = [0, 1].map(
    () => new Client({ connectionString: url, application_name: CHANNEL, connectionTimeoutMillis: 5000 }),
  );
  if (listener === undefined || speaker === undefined) {
    return false;
  }
  for (const client of [listener, speaker]) client.on('error', () => undefined);
  try {
    await Promise.all([listener.connect(), speaker.connect()]);
    const arrived = new Promise<boolean>((resolve) => {
      const timer = setTimeout(resolve, WAIT_MS, false);
      listener.once('notification', () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
    await listener.query(`LISTEN ${CHANNEL}`);
    await speaker.query(`NOTIFY ${CHANNEL}`);
    return await arrived;
  } finally {
    await Promise.allSettled([listener.end(), speaker.end()]);
  }
}
