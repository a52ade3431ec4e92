import { ApiProperty } from '@nestjs/swagger';
import type { ReadinessResult } from '@imgsrv/platform';

export class ReadinessCheckResponse {
  @ApiProperty({ example: 'object store' })
  name: string;

  @ApiProperty()
  passes: boolean;

  @ApiProperty({ description: 'Whether the api is not ready while this check fails.' })
  required: boolean;

  @ApiProperty({ required: false, description: 'Why it fails.' })
  reason?: string;
}

export class ReadinessResponse {
  @ApiProperty({ type: [ReadinessCheckResponse] })
  checks: ReadinessCheckResponse[];
}

export function toReadinessResponse(results: readonly ReadinessResult[]): ReadinessResponse {
  return {
    checks: results.map(({ name, passes, isRequired, reason }) => ({
      name,
      passes,
      required: isRequired,
      ...(reason === undefined ? {} : { reason }),
    })),
  };
}
