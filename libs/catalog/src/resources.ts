import type { VersionAddress } from './versions/version-address.js';

/** Where things are in the record of changes: their paths below `/v1/`. */
export function imageResource(image: string): string {
  return `images/${image}`;
}

export function channelResource(channel: string): string {
  return `channels/${channel}`;
}

export function retentionResource(image: string): string {
  return `${imageResource(image)}/retention`;
}

export function aliasResource(image: string, alias: string): string {
  return `${imageResource(image)}/aliases/${alias}`;
}

export function versionResource({ image, version }: VersionAddress): string {
  return `${imageResource(image)}/versions/${version}`;
}

export function artifactResource(address: VersionAddress, artifactId: string): string {
  return `${versionResource(address)}/artifacts/${artifactId}`;
}

export function attachmentResource(address: VersionAddress, artifactId: string, id: string): string {
  return `${artifactResource(address, artifactId)}/attachments/${id}`;
}
