import { type DynamicModule, Module } from '@nestjs/common';
import { BlobReader, type ObjectStore } from '@imgsrv/cas';
import { type Config, Database, type Logger } from '@imgsrv/platform';
import { BlobDownload } from './downloads/blob-download.js';

/** Injection tokens of what has no class of its own. */
export const CONFIG = Symbol('Config');
export const LOGGER = Symbol('Logger');
export const OBJECT_STORE = Symbol('ObjectStore');

export interface Foundation {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: Database;
  readonly store: ObjectStore;
}

/** What every resource builds on. Made once a process; resource modules import that one instance. */
@Module({})
export class FoundationModule {
  static with(foundation: Foundation): DynamicModule {
    const blobs = new BlobReader(foundation.database, foundation.store);
    return {
      module: FoundationModule,
      providers: [
        { provide: CONFIG, useValue: foundation.config },
        { provide: LOGGER, useValue: foundation.logger },
        { provide: OBJECT_STORE, useValue: foundation.store },
        { provide: Database, useValue: foundation.database },
        { provide: BlobReader, useValue: blobs },
        { provide: BlobDownload, useValue: new BlobDownload(blobs, foundation) },
      ],
      exports: [CONFIG, LOGGER, OBJECT_STORE, Database, BlobReader, BlobDownload],
    };
  }
}
