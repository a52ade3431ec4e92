import { appendFile, rm, truncate } from 'node:fs/promises';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { begin, complete, digestOf, sendPart, settled, someBytes } from '../contract/upload-steps.js';
import { fileOfSize } from './store-files.js';

const SIZE_BYTES = 4321;

describe('an upload whose stored bytes are damaged before they are verified', () => {
  let service: ContractService;

  beforeEach(async () => {
    service = await startContractService({ workers: 0 });
  });
  afterEach(() => service.stop());

  it.each<[string, (file: string) => Promise<void>]>([
    ['shorter', (file) => truncate(file, SIZE_BYTES - 1)],
    ['longer', (file) => appendFile(file, 'x')],
    ['gone', (file) => rm(file)],
  ])('fails when they are %s, once and for all, and can be brought again', async (_how, damage) => {
    const { writer, running, publisher } = service;
    const bytes = someBytes(SIZE_BYTES);
    const { id } = await begin(writer, bytes);
    expect((await complete(writer, id, [await sendPart(writer, id, 1, bytes)])).status).toBe(200);
    await damage(await fileOfSize(running.storageDir, digestOf(bytes), SIZE_BYTES));
    await running.startWorker();

    const session = await settled(writer, id);

    expect(session).toMatchObject({ state: 'failed', failure: { code: 'upload-lost' } });
    await publisher.uploadFile(bytes);
  });
});
