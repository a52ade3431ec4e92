/** What the environment says is reached without a proxy; lower case wins, as for curl. */
export function readNoProxy(): string {
  return process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? '';
}
