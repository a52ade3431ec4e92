/** The JSON pointer (RFC 6901) of a member, below that of its parent. */
export function toPointer(member: string, parent = ''): string {
  return `${parent}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
