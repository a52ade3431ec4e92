import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { IssueApiTokenRequest } from '../auth/api-token.dto.js';
import { CreatePrincipalRequest, UpdatePrincipalRequest } from '../auth/principal.dto.js';
import { ProvisioningRuleRequest } from '../auth/provisioning-rule.dto.js';
import { ChangeImageRequest, CreateImageRequest } from '../images/image.dto.js';
import { BeginUploadRequest } from '../uploads/upload.dto.js';

type Dto = new () => object;

/** Whether the DTO takes this text for that member; nothing else of it plays a part. */
function accepts(dto: Dto, member: string, text: unknown): boolean {
  const errors = validateSync(plainToInstance(dto, { [member]: text }));
  return !errors.some(({ property }) => property === member);
}

const NAMES: [Dto, string][] = [
  [CreatePrincipalRequest, 'display_name'],
  [UpdatePrincipalRequest, 'display_name'],
  [ProvisioningRuleRequest, 'display_name'],
  [IssueApiTokenRequest, 'name'],
  [CreateImageRequest, 'display_name'],
  [ChangeImageRequest, 'display_name'],
  [BeginUploadRequest, 'filename_hint'],
];
const PROSE: [Dto, string][] = [
  [CreateImageRequest, 'description'],
  [ChangeImageRequest, 'description'],
];

describe.each([...NAMES, ...PROSE])('%p.%s', (dto, member) => {
  test.each(['Zoë', '日本語', '👩‍🚀', 'می\u200cخواهم', 'a'.repeat(255), '🐧'.repeat(255)])(
    'may be %j',
    (text) => {
      expect(accepts(dto, member, text)).toBe(true);
    },
  );

  test.each([
    ['an override', 'gpj.\u202eexe'],
    ['an isolate', '\u2067a'],
    ['a direction mark', 'a\u200f'],
    ['a zero-width space', 'ad\u200bmin'],
    ['a zero-width joiner between letters', 'ad\u200dmin'],
    ['a byte order mark', '\ufeffadmin'],
    ['a control character', 'a\u001bb'],
    ['a half of a surrogate pair', 'a\ud800'],
    ['no text', 1],
  ])('must not be %s', (_what, text) => {
    expect(accepts(dto, member, text)).toBe(false);
  });
});

test.each(NAMES)('%p.%s has one line', (dto, member) => {
  expect(accepts(dto, member, 'a\nb')).toBe(false);
  expect(accepts(dto, member, 'a'.repeat(257))).toBe(false);
});

test.each(PROSE)('%p.%s may have several lines', (dto, member) => {
  expect(accepts(dto, member, 'a\r\n\tb')).toBe(true);
  expect(accepts(dto, member, 'a'.repeat(4097))).toBe(false);
});

it.each([CreatePrincipalRequest, ProvisioningRuleRequest])(
  'wants something to see in a display name',
  (dto) => {
    for (const text of ['', ' ', '\u3000']) expect(accepts(dto, 'display_name', text)).toBe(false);
  },
);
