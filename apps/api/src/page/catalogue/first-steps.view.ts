import { html, type Html } from '../html.js';
import type { PageContext } from '../layout/page-context.js';
import { command } from '../parts/command.js';
import { commandLines } from './commands.js';

const SETUP = ['export IMGSRV_URL={URL}', 'export IMGSRV_TOKEN=imgsrv_at_…'];
const PUBLISH = ['imgsrv publish debian 13.1 debian-amd64.qcow2 --alias latest'];

/** What an empty service shows: how its first image is published. */
export function firstSteps(context: PageContext): Html {
  return html`<div class="sheet empty">
    <h2>Nothing is published yet</h2>
    <p>
      An image appears here with its first published version. Two commands publish a disk; they need a token
      with the role
      <code>content-writer</code>.
    </p>
    ${command('first-setup', '1. Say where, and who you are', commandLines(context, SETUP))}
    ${command('first-publish', '2. Upload, verify and publish', commandLines(context, PUBLISH))}
    <p>
      For a container, name its root file system and its metadata:
      <code>rootfs-amd64.squashfs incus.tar.xz</code>. Everything the command does can be done by HTTP as
      well: <a href="${context.link('/docs')}">the API</a>.
    </p>
  </div>`;
}
