import { html, type Html } from '../html.js';
import type { PageContext } from '../layout/page-context.js';
import { command } from '../parts/command.js';
import { commandLines } from './commands.js';

const SETUP = [
  'export IMGSRV_URL={URL}',
  'export IMGSRV_TOKEN=imgsrv_at_…',
  'api() { curl --fail-with-body -sS -H "Authorization: Bearer $IMGSRV_TOKEN" "$@"; }',
  'json() { api -H "Content-Type: application/json" "$@"; }',
];

const UPLOAD = [
  'digest=sha256:$(sha256sum disk.qcow2 | cut -d" " -f1); size=$(stat -c %s disk.qcow2)',
  'upload=$(json "$IMGSRV_URL/v1/uploads" \\',
  '  -d "{\\"expected_digest\\": \\"$digest\\", \\"expected_size_bytes\\": $size}" | jq -r .id)',
  'part=$(api -T disk.qcow2 "$IMGSRV_URL/v1/uploads/$upload/parts/1")',
  'json "$IMGSRV_URL/v1/uploads/$upload/complete" \\',
  '  -d "$(jq "{parts: [{number: .part_number, etag, size_bytes}]}" <<< "$part")"',
];

const PUBLISH = [
  'images=$IMGSRV_URL/v1/images',
  `json "$images" -d '{"name": "debian"}'`,
  `json "$images/debian/versions" -d '{"version": "13.1"}'`,
  'json "$images/debian/versions/13.1/artifacts" -d "{',
  '  \\"operating_system\\": \\"linux\\", \\"architecture\\": \\"amd64\\", \\"format\\": \\"qcow2\\",',
  '  \\"primary_blob_digest\\": \\"$digest\\", \\"primary_blob_size_bytes\\": $size,',
  '  \\"primary_media_type\\": \\"application/x-qemu-disk\\"}"',
  'api -X POST "$images/debian/versions/13.1/publish"',
];

/** What an empty service shows: how its first image is published. */
export function firstSteps(context: PageContext): Html {
  return html`<div class="sheet empty">
    <h2>Nothing is published yet</h2>
    <p>
      An image appears here with its first published version. These commands publish a disk from a shell with
      <code>curl</code> and <code>jq</code>. They need a token with the role <code>content-writer</code>.
    </p>
    ${command('first-setup', '1. Say where, and who you are', commandLines(context, SETUP))}
    ${command('first-upload', '2. Upload the disk; it is verified', commandLines(context, UPLOAD))}
    ${command('first-publish', '3. Describe a version and publish it', commandLines(context, PUBLISH))}
  </div>`;
}
