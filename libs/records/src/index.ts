export { RECORD_CATALOG, recordCatalog } from './record-catalog.js';
export { Rebuild, RebuildRefusedError, type RebuildReport } from './rebuild/rebuild.js';
