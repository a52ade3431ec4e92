import { randomUUID } from 'node:crypto';
import { audienceOf, CHANNEL_NAME, Channels } from '@imgsrv/catalog';
import { CatalogueRevision, ChannelStreams, AudienceStreams } from '@imgsrv/streams';
import { pino } from 'pino';
import { OpenedDatabase } from '../support/database.js';
import { TRAIL } from './auth-database.js';
import { StreamsCatalog } from './streams-catalog.js';

const SILENT = pino({ level: 'silent' });
const OBSERVER = { rendered: () => undefined, rejected: () => undefined };
const UNKNOWN = 100;

let opened: OpenedDatabase;
let catalog: StreamsCatalog;
let channels: Channels;
let streams: ChannelStreams;

beforeAll(async () => {
  opened = await OpenedDatabase.open();
  catalog = new StreamsCatalog(opened.database);
  channels = new Channels(opened.database, TRAIL);
  const revision = new CatalogueRevision(opened.database);
  streams = new ChannelStreams(new AudienceStreams(revision, OBSERVER, SILENT), OBSERVER, SILENT);
}, 30_000);
afterAll(() => opened.close());

const documentsOf = (name: string) => streams.documents(CHANNEL_NAME.parse(name), audienceOf('anyone'));
const put = (name: string) =>
  channels.put(name, { imagePatterns: ['debian'], alias: 'stable' }, () => undefined);

it('renders none of all channels again that has not changed, whoever asks for what', async () => {
  const versionId = await catalog.publishNew('debian', '13');
  await catalog.pointAlias('stable', versionId);
  const names = Array.from({ length: 64 }, (_, index) => `channel-${index}`);
  for (const name of names) await put(name);
  const before = await Promise.all(names.map(documentsOf));
  const strangers = Array.from({ length: UNKNOWN }, () => documentsOf(`x-${randomUUID()}`));
  expect((await Promise.allSettled(strangers)).map(({ status }) => status)).toEqual(
    Array<string>(UNKNOWN).fill('rejected'),
  );
  const after = await Promise.all(names.map(documentsOf));
  expect(after.every((documents, index) => documents === before[index])).toBe(true);
  expect(before[0]?.products).toBe(1);
});

it('renders a channel once for all who ask for it first', async () => {
  const [first, second] = await Promise.all([documentsOf('channel-1'), documentsOf('channel-1')]);
  expect(first).toBe(second);
  await channels.delete('channel-1', () => undefined);
  await put('anew');
  const asked = await Promise.all(Array.from({ length: 10 }, () => documentsOf('anew')));
  expect(new Set(asked).size).toBe(1);
  await expect(documentsOf('channel-1')).rejects.toMatchObject({ code: 'channel-not-found' });
});
