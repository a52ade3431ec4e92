import type { Database, Logger } from '@imgsrv/platform';
import type { ApiTokenId } from './api-token.js';
import { ApiTokenRepository } from './api-token.repository.js';

/**
 * Writes when tokens were last used, out of the way of the requests that use them: one statement at a time, for all
 * tokens that came up meanwhile. A write that fails is logged and dropped; the next use tries again.
 */
export class TokenUseRecorder {
  private readonly waiting = new Set<ApiTokenId>();
  private writing: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  record(id: ApiTokenId): void {
    this.waiting.add(id);
    this.writing ??= this.writeWaiting();
  }

  /** Resolves when every use recorded so far is written or dropped. Never rejects. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async writeWaiting(): Promise<void> {
    while (this.waiting.size > 0) {
      const ids = [...this.waiting];
      this.waiting.clear();
      try {
        await this.database.write((tx) => new ApiTokenRepository(tx).recordUse(ids));
      } catch (error) {
        this.logger.warn(
          { err: error, tokens: ids.length },
          'could not record when API tokens were last used',
        );
      }
    }
    this.writing = undefined;
  }
}
