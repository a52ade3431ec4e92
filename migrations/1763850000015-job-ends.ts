import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * For jobs that do not end by themselves: when a running one last came further, as its worker says with each renewal of the
 * lease; and a cancel takes the lease of a running one away, which whoever cancels may not do on his own. Only adds.
 */
export class JobEnds1763850000015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE jobs ADD COLUMN progressed_at timestamptz`);
    await runner.query(`
      CREATE FUNCTION take_lease_of_canceled_job() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.lease_token := NULL;
        NEW.lease_expires_at := NULL;
        NEW.worker_id := NULL;
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER jobs_canceled BEFORE UPDATE OF state ON jobs FOR EACH ROW
        WHEN (OLD.state = 'running' AND NEW.state = 'canceled')
        EXECUTE FUNCTION take_lease_of_canceled_job()`);
  }

  async down(): Promise<void> {
    await Promise.reject(new Error('Migrations are forward only.'));
  }
}
