export type { Change, ChangeRecorder } from './changes/change-recorder.js';
export { childEnvironment } from './config/child-environment.js';
export { parseCommandLine, type Command } from './config/command-line.js';
export type {
  Config,
  OidcConfig,
  S3Config,
  S3Keys,
  SlowClientLimits,
  WorkerConfig,
} from './config/config.js';
export { InvalidSettingError } from './config/invalid-setting.error.js';
export { quietSdkVersionWarning } from './config/quiet-sdk.js';
export type { ProcessName } from './config/settings.js';
export { formatDuration, type ListenAddress, parseDurationMs } from './config/values.js';
export { VERSION } from './config/version.js';
export type { Connection } from './database/connection.js';
export { Database } from './database/database.js';
export type { PoolUse } from './database/pool-use.js';
export { examineDatabase } from './database/examine-database.repository.js';
export { SharedLookup } from './database/shared-lookup.js';
export { readFrom } from './database/read-from.js';
export { FailedStatementError } from './database/failed-statement.error.js';
export { sqlState } from './database/postgres-errors.js';
export type { MigrationClass } from './database/run-migrations.js';
export { SideConnection } from './database/side-connection.js';
export { lockName } from './database/named-lock.js';
export type { Transaction } from './database/transaction.js';
export { DependencyUnavailableError, type Dependency } from './errors/dependency-unavailable.error.js';
export { describeCauses } from './errors/describe-causes.js';
export { problemDocument } from './errors/problem-document.js';
export type { PlatformErrorCode } from './errors/platform-error-code.js';
export { isOutOfDescriptors } from './errors/out-of-descriptors.js';
export { ImgsrvError } from './errors/imgsrv-error.js';
export { type Finding, ok, problem, type Verdict, warning } from './examination/finding.js';
export { descriptorLimit } from './lifecycle/descriptor-limit.js';
export { exactExpress } from './lifecycle/exact-express.js';
export { followFiles } from './lifecycle/follow-files.js';
export type { ConnectionLimits, ConnectionObserver } from './lifecycle/front-server.js';
export { listenHttp, type ListeningServer } from './lifecycle/http-server.js';
export { NODE_FLAGS } from './lifecycle/node-flags.js';
export { countPassingBytes } from './lifecycle/passing-bytes.js';
export { PlainProblemFilter } from './lifecycle/plain-problem.filter.js';
export { Readiness, type ReadinessCheck, type ReadinessResult } from './lifecycle/readiness.js';
export { runProcess, type RunningService } from './lifecycle/run-process.js';
export { decodeCursor, encodeCursor } from './lists/cursor.js';
export { type Page, type PageRequest, toPage } from './lists/page.js';
export { createLogger, logContext, type Logger } from './logging/logger.js';
export { NestLogger } from './logging/nest-logger.js';
export { tunnelTo } from './network/outgoing-proxy.js';
export { sourceNetwork } from './network/source-network.js';
export { SourceShares } from './network/source-shares.js';
export type { Figure } from './telemetry/figure.js';
export { FigureGauges, provideFigureGauges } from './telemetry/figure-gauges.js';
export { startMetricsListener } from './telemetry/metrics-listener.js';
export { Scrape } from './telemetry/scrape.js';
export { SHARED_GAUGES } from './telemetry/shared-gauges.js';
export {
  currentTraceparent,
  openSpan,
  type OpenSpan,
  type SpanOptions,
  withSpan,
} from './telemetry/spans.js';
export {
  readStatistics,
  refreshStatistics,
  type StatisticsSource,
} from './telemetry/statistics.repository.js';
export { startTracing, type Tracing } from './telemetry/tracing.js';
export { isReadableProse, isReadableText } from './text/readable-text.js';
export { isStorableJson, isStorableText } from './text/storable-text.js';
export { UUID_PATTERN } from './text/uuid.js';
