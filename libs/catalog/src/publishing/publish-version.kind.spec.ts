import { PUBLISH_VERSION } from './publish-version.kind.js';

const VERSION_ID = '6f1b2c3d-0000-4000-8000-0123456789ab';

it('reads the payload it was queued with', () => {
  expect(PUBLISH_VERSION.parsePayload({ versionId: VERSION_ID })).toEqual({ versionId: VERSION_ID });
});

it.each([null, undefined, 'x', 1, {}, { versionId: 1 }, { versionId: 'x' }, { version_id: VERSION_ID }])(
  'refuses the payload %j',
  (stored) => {
    expect(() => PUBLISH_VERSION.parsePayload(stored)).toThrow(TypeError);
  },
);
