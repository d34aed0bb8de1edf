/** Entry of @millrace/s3: Millrace blobs on S3 and everything that speaks its API. */
export { s3Storage, type S3StorageOptions } from './s3-storage.ts';
