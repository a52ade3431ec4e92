// A real OpenID provider over https. Arguments: certificate file, key file. Says its URL over IPC; the message
// `rotate` makes it sign with a new key, and publish only that one, from then on.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const [certificateFile, keyFile] = process.argv.slice(2);
const server = createServer({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) });
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `https://127.0.0.1:${server.address().port}`;

let answer = await newProvider('first');
server.on('request', (request, response) => answer(request, response));
process.on('message', async () => {
  answer = await newProvider('second');
  process.send({ rotated: true });
});
process.on('disconnect', () => process.exit());
process.send({ url });

async function newProvider(kid) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
  const provider = new Provider(url, {
    jwks: { keys: [key] },
    clients: [
      {
        client_id: 'pipeline',
        client_secret: 'a secret of the pipeline, not of the image server',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: 'push',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: () => ({ project: 'images', ref: 'refs/heads/main' }),
  });
  return provider.callback();
}
