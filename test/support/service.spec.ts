import { existsSync, readFileSync } from 'node:fs';
import { HttpClient } from './http-client.js';
import { type RunningService, startService } from './service.js';

jest.setTimeout(60_000);
let service: RunningService | undefined;
afterEach(() => service?.stop());

async function whoami(baseUrl: string, token: string, ca?: string): Promise<number> {
  return (await new HttpClient(baseUrl, token, ca).get('/v1/auth/whoami')).status;
}

it('starts https apis and a worker that share a database, and stops them', async () => {
  service = await startService({ apis: 2, tls: true });
  const ca = readFileSync(service.certificateFile ?? '', 'utf8');
  for (const url of service.baseUrls) {
    expect(url).toMatch(/^https:/);
    expect(await whoami(url, service.bootstrapToken, ca)).toBe(200);
  }
  const [first] = service.apis;
  first?.kill('SIGKILL');
  expect(await first?.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(service.baseUrls).toHaveLength(1);
  const third = await service.startApi(['--node-name', 'third']);
  expect(await whoami(third.url, service.bootstrapToken, ca)).toBe(200);
  expect(third.metricsUrl).toMatch(/^http:.*\/metrics$/);
  await service.stop();
  expect(existsSync(service.storageDir)).toBe(false);
  expect(service.apis.concat(service.workers).some((process) => process.isRunning)).toBe(false);
});

it('tells why a process did not start', async () => {
  await expect(startService({ flags: ['--no-such-flag'] })).rejects.toThrow(
    /ended.*2.*before.*no-such-flag/s,
  );
});
