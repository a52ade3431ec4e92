import { pino } from 'pino';
import { DependencyUnavailableError } from '../errors/dependency-unavailable.error.js';
import { Readiness } from './readiness.js';

const logger = pino({ level: 'silent' });

describe('Readiness', () => {
  let failures: Map<string, Error>;
  let readiness: Readiness;

  const checkOf = (name: string) => () => {
    const failure = failures.get(name);
    return failure === undefined ? Promise.resolve() : Promise.reject(failure);
  };

  beforeEach(() => {
    failures = new Map();
    readiness = new Readiness(
      [
        { name: 'postgres', neededFor: 'serving', check: checkOf('postgres') },
        { name: 'object store', neededFor: 'start', check: checkOf('store') },
      ],
      logger,
    );
  });

  afterEach(() => {
    readiness.close();
  });

  it('is not ready before it has looked', () => {
    expect(readiness.reason).toBe('The postgres check fails. It was not checked yet.');
  });

  it('tells why a check fails, in the words of the dependency', async () => {
    failures.set('postgres', new DependencyUnavailableError('postgres', { reason: 'read-only right now' }));
    await readiness.start();
    expect(readiness.reason).toBe('The postgres check fails. The database is read-only right now.');
  });

  it('tells nothing of a failure that it does not know', async () => {
    failures.set('postgres', new Error('secret host 10.0.0.1'));
    await readiness.start();
    expect(readiness.reason).toBe('The postgres check fails. It does not answer as it should.');
  });

  it('is not ready until what is needed for the start has passed once', async () => {
    failures.set('store', new Error('no'));
    await readiness.start();
    expect(readiness.reason).toContain('The object store check fails.');
  });

  it('stays ready, and shows it, when what was needed for the start fails later', async () => {
    await readiness.start();
    readiness.close();
    failures.set('store', new DependencyUnavailableError('object-store'));
    await readiness.start();
    expect(readiness.reason).toBeUndefined();
    expect(readiness.results).toEqual([
      { name: 'postgres', passes: true, isRequired: true },
      {
        name: 'object store',
        passes: false,
        isRequired: false,
        reason: 'The object store is not reachable right now.',
      },
    ]);
  });

  it('is not ready when what is needed to serve fails later, nor when it drains', async () => {
    await readiness.start();
    expect(readiness.reason).toBeUndefined();
    readiness.drain();
    expect(readiness.reason).toBe('The process is shutting down.');
  });
});
