/** An S3 service and a bucket in it that exists. */
export interface S3Service {
  /** `host:port`, over plain http. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The service that `IMGSRV_TEST_S3_*` among these variables describe; throws when one is missing. */
export function s3ServiceOf(variables: Readonly<Record<string, string | undefined>>): S3Service {
  const read = (name: string): string => {
    const value = variables[`IMGSRV_TEST_S3_${name}`];
    if (value === undefined) {
      throw new Error(`IMGSRV_TEST_S3_${name} is not set`);
    }
    return value;
  };
  return {
    endpoint: read('ENDPOINT'),
    bucket: read('BUCKET'),
    accessKeyId: read('ACCESS_KEY_ID'),
    secretAccessKey: read('SECRET_ACCESS_KEY'),
  };
}

/** The settings with which our processes use it. */
export function s3Settings(service: S3Service): Record<string, string> {
  return {
    IMGSRV_S3_ENDPOINT: service.endpoint,
    IMGSRV_S3_BUCKET: service.bucket,
    IMGSRV_S3_ACCESS_KEY_ID: service.accessKeyId,
    IMGSRV_S3_SECRET_ACCESS_KEY: service.secretAccessKey,
    IMGSRV_S3_PATH_STYLE: 'true',
  };
}
