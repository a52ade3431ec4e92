import { getFormat, type MetadataOrder, toIncusArchitecture } from '@imgsrv/catalog';
import { sortedRecord } from '../rendering/order.js';
import { packXz } from './pack-xz.js';
import { tarOfOne } from './tar-of-one.js';

/**
 * The metadata archive of an artifact as Incus and LXD read it: an xz of a tar with `metadata.yaml`, of what its order says
 * and of nothing else, so that the same order gives the same bytes always.
 */
export function makeImageMetadata(order: MetadataOrder): Buffer {
  const createdAtSeconds = Math.floor(order.versionCreatedAt.getTime() / 1000);
  const yaml = Buffer.from(toYaml(order, createdAtSeconds));
  return packXz(tarOfOne('metadata.yaml', yaml, createdAtSeconds));
}

function toYaml(order: MetadataOrder, createdAtSeconds: number): string {
  const { architecture } = order;
  const lines = Object.entries(propertiesOf(order)).map(
    ([name, value]) => `  ${quoted(name)}: ${quoted(value)}\n`,
  );
  return [
    `architecture: ${quoted(toIncusArchitecture(architecture) ?? architecture)}\n`,
    `creation_date: ${createdAtSeconds}\n`,
    'properties:\n',
    ...lines,
  ].join('');
}

/** In the words that builders of images use. */
function propertiesOf(order: MetadataOrder): Readonly<Record<string, string>> {
  const { os, release, description, requirements = {}, properties = {} } = order.description;
  const architecture = toIncusArchitecture(order.architecture) ?? order.architecture;
  const { imageType, streamsItem } = getFormat(order.format);
  const isRefused = imageType === 'virtual-machine' && order.secureBoot === false;
  const required = { ...(isRefused ? { secureboot: 'false' } : {}), ...requirements };
  return sortedRecord({
    ...properties,
    architecture,
    description: description ?? `${os} ${release} ${architecture} (${order.version})`,
    os,
    release,
    serial: order.version,
    ...(streamsItem === undefined ? {} : { type: streamsItem.ftype }),
    variant: order.variant,
    ...Object.fromEntries(Object.entries(required).map(([name, value]) => [`requirements.${name}`, value])),
  });
}

/** A JSON string of readable text is a YAML one: nothing but quotes and backslashes is escaped in it. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
