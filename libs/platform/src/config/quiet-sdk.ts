/**
 * Keeps the AWS SDK from printing, at every start, that a later release will want a newer Node than the one imgsrv
 * still supports. The SDK reads this from the environment only, when its first client is made.
 */
export function quietSdkVersionWarning(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
}
