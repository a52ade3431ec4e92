/**
 * The gauges that every process shows, by the figure that each shows: of the process itself, and of what the database
 * tells about the whole service. They are brought up to date when somebody asks.
 */
export const SHARED_GAUGES = {
  build_info: {
    name: 'imgsrv_build_info',
    help: 'Always 1; the labels say what runs',
    labelNames: ['version', 'commit', 'node_version'],
  },
  ready: { name: 'imgsrv_ready', help: '1 while the process is ready for traffic, else 0' },
  dependency_up: {
    name: 'imgsrv_dependency_up',
    help: '1 while the dependency answers, else 0; looked at every few seconds',
    labelNames: ['dependency'],
  },
  database_pool_connections: {
    name: 'imgsrv_database_pool_connections',
    help: 'Connections of the pool to the database, by what they do',
    labelNames: ['state'],
  },
  database_pool_limit: {
    name: 'imgsrv_database_pool_limit_connections',
    help: 'Most connections that the pool may have',
  },
  database_pool_waiting: {
    name: 'imgsrv_database_pool_waiting_requests',
    help: 'Callers that wait for a connection of the pool',
  },
  database_figures_up: {
    name: 'imgsrv_database_figures_up',
    help: '1 when the database told its figures in time for this scrape; when 0 they are missing',
  },
  statistics_age: {
    name: 'imgsrv_statistics_age_seconds',
    help: 'Time since a worker counted what is stored',
  },
  statistics_duration: {
    name: 'imgsrv_statistics_count_duration_seconds',
    help: 'How long the last count of what is stored took',
  },
  blobs: { name: 'imgsrv_blobs', help: 'Verified blobs' },
  blob_bytes: { name: 'imgsrv_blob_bytes', help: 'Bytes of all verified blobs' },
  collection_candidates: {
    name: 'imgsrv_collection_candidates',
    help: 'Blobs that nothing refers to, by whether their grace is over',
    labelNames: ['state'],
  },
  collection_candidate_bytes: {
    name: 'imgsrv_collection_candidate_bytes',
    help: 'Bytes of blobs that nothing refers to, by whether their grace is over',
    labelNames: ['state'],
  },
  overdue_candidate_age: {
    name: 'imgsrv_overdue_candidate_age_seconds',
    help: 'Time since the grace of a blob was over that is not collected yet; 0 without one',
  },
  stray_objects: {
    name: 'imgsrv_stray_objects',
    help: 'Objects and unfinished multipart uploads in the store that no row knows',
  },
  damaged_blobs: {
    name: 'imgsrv_damaged_blobs',
    help: 'Blobs that are out of use because their stored bytes are damaged, by damage',
    labelNames: ['damage'],
  },
  oldest_blob_check_age: {
    name: 'imgsrv_oldest_blob_check_age_seconds',
    help: 'Time since the bytes of the blob were read that were not read for longest; 0 without one',
  },
  images: { name: 'imgsrv_images', help: 'Images' },
  versions: { name: 'imgsrv_versions', help: 'Versions, by state', labelNames: ['state'] },
  upload_sessions: {
    name: 'imgsrv_upload_sessions',
    help: 'Upload sessions, by state',
    labelNames: ['state'],
  },
  most_held: {
    name: 'imgsrv_principal_holdings_max',
    help: 'Holdings of the principal that has most of a kind, as a worker counted them last',
    labelNames: ['kind'],
  },
  streams_projection_rows: {
    name: 'imgsrv_streams_projection_rows',
    help: 'Rows of the Simple Streams projection, by client',
    labelNames: ['client'],
  },
  streams_revision: {
    name: 'imgsrv_streams_revision',
    help: 'Revision of what Simple Streams clients are shown; every change advances it',
  },
  jobs: {
    name: 'imgsrv_jobs',
    help: 'Jobs in the database, by kind and state; those that are over as a worker counted them last',
    labelNames: ['kind', 'state'],
  },
  oldest_queued_job_age: {
    name: 'imgsrv_oldest_queued_job_age_seconds',
    help: 'Time since the oldest queued job was added, by kind',
    labelNames: ['kind'],
  },
  oldest_running_job_age: {
    name: 'imgsrv_oldest_running_job_age_seconds',
    help: 'Time since the first attempt at the oldest running job began, by kind',
    labelNames: ['kind'],
  },
  job_without_progress: {
    name: 'imgsrv_job_without_progress_seconds',
    help: 'Longest time that a running job has not come further, such as in a step that hangs, by kind',
    labelNames: ['kind'],
  },
};
