import { serviceFlags } from './service-flags.js';

it('passes the flags of the user on to the api as they are', () => {
  expect(serviceFlags('api', ['--listen', ':9000', '--s3-use-tls'], {}, undefined)).toEqual([
    '--listen',
    ':9000',
    '--s3-use-tls',
  ]);
});

it('puts what it adds after the flags of the user and leaves out the end of flags', () => {
  expect(serviceFlags('api', ['--verbosity', 'debug', '--'], {}, '/data/store')).toEqual([
    ...['--verbosity', 'debug'],
    ...['--storage-dir', '/data/store'],
  ]);
});

it.each([
  { api: undefined, worker: '' },
  { api: { port: 9464 }, worker: ':9465' },
  { api: { host: '127.0.0.1', port: 9464 }, worker: '127.0.0.1:9465' },
  { api: { host: '::1', port: 9464 }, worker: '[::1]:9465' },
  { api: { host: '127.0.0.1', port: 0 }, worker: '127.0.0.1:0' },
  { api: { port: 65_535 }, worker: ':0' },
])('gives the worker the metrics address "$worker" and no other listener', ({ api, worker }) => {
  const config = api === undefined ? {} : { metricsListen: api };
  expect(serviceFlags('worker', ['--listen', ':9000'], config, undefined)).toEqual([
    ...['--listen', ':9000'],
    ...['--listen', '', '--metrics-listen', worker],
  ]);
});
