import { posix } from 'node:path';
import { quoted } from './yaml/metadata-problems.js';
import type { MetadataMap } from './yaml/metadata-map.js';

/** What an archive holds besides its `metadata.yaml`. */
export interface ArchiveContent {
  /** Regular files below `templates/`, as `normalizeMember` has their names. */
  readonly templates: ReadonlySet<string>;
  /** Whether the archive was looked at to its end, so that what is not in there is absent. */
  readonly isWhole: boolean;
}

const FOLDER = 'templates/';

/** The name of a member as it is when the archive is unpacked, relative to where it is. */
export function normalizeMember(name: string): string {
  return posix.normalize(`/${name}`).slice(1);
}

/** Whether a member is to be kept in `ArchiveContent`. */
export function isTemplateFile(normalizedName: string): boolean {
  return normalizedName.startsWith(FOLDER) && normalizedName.length > FOLDER.length;
}

/**
 * Checks the templates as Incus decodes them (`ImageMetadataTemplate` of `shared/api/image.go`; LXD knows no `uid`,
 * `gid` and `mode`), and that it finds what they name: a template that is null ends its daemon, one without its file
 * keeps an instance from starting.
 */
export function checkTemplates(root: MetadataMap, archive: ArchiveContent | undefined): void {
  const templates = root.map('templates');
  for (const target of templates.keys) {
    if (templates.isNull(target)) {
      templates.refuse(target, 'is a template of nothing; write when: and template: below it.');
      continue;
    }
    if (target.split('/').includes('..')) templates.refuse(target, 'leads out of the image by "..".');
    const template = templates.map(target);
    template.checkTexts('when');
    template.checkBoolean('create_only');
    template.checkTextMap('properties');
    for (const name of ['uid', 'gid', 'mode']) template.text(name);
    checkFile(templates, target, template, archive);
  }
}

function checkFile(
  templates: MetadataMap,
  target: string,
  template: MetadataMap,
  archive: ArchiveContent | undefined,
): void {
  const file = template.text('template') ?? '';
  if (file === '') {
    templates.refuse(target, 'names no file; write template: and the name of one in templates/.');
    return;
  }
  // Joined as Incus does it.
  const path = posix.join(FOLDER, file);
  if (file.startsWith('/') || file.split('/').includes('..') || !isTemplateFile(path)) {
    template.refuse('template', `is ${quoted(file)}, which is not the name of a file in templates/.`);
  } else if (archive?.isWhole === true && !archive.templates.has(path)) {
    template.refuse(
      'template',
      `is ${quoted(file)}, but the archive has no regular file ${quoted(path)}; add it, or leave out the template.`,
    );
  }
}
