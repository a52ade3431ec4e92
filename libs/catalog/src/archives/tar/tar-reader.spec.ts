import { UnsoundArchiveError } from '../unsound-archive.error.js';
import { BeyondLimitError, ByteReader } from './byte-reader.js';
import { tarHeader, tarMember } from '../../../../../test/fixtures/tar-bytes.js';
import { type TarEntry, TarReader } from './tar-reader.js';

const END = Buffer.alloc(1024);
const LIMIT = 64 * 1024 * 1024;

function* inPieces(bytes: Buffer, size: number): Generator<Buffer, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function* soon(pieces: Iterable<Buffer>): AsyncGenerator<Buffer, void> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

async function list(bytes: Buffer, pieceBytes = 700, maxBytes = LIMIT): Promise<TarEntry[]> {
  const tar = new TarReader(new ByteReader(soon(inPieces(bytes, pieceBytes)), maxBytes));
  const entries: TarEntry[] = [];
  for (let entry = await tar.next(); entry !== undefined; entry = await tar.next()) entries.push(entry);
  return entries;
}

const namesOf = async (bytes: Buffer) => (await list(bytes)).map(({ name }) => name);
const archive = (...members: Buffer[]) => Buffer.concat([...members, END]);
const pax = (typeflag: string, records: string) => tarMember({ name: 'pax', typeflag }, Buffer.from(records));
const LAST = tarMember({ name: 'last' }, Buffer.from('z'));

describe('TarReader', () => {
  test.each<[string, Buffer, string[]]>([
    ['nothing at all', Buffer.alloc(0), []],
    ['an archive without members', END, []],
    ['one zero block as the end', Buffer.concat([LAST, Buffer.alloc(512)]), ['last']],
    ['an archive without its end mark', LAST, ['last']],
    ['nothing after the end mark', Buffer.concat([LAST, END, LAST]), ['last']],
    ['v7 headers', archive(tarMember({ name: 'old', magic: '' }, Buffer.alloc(3)), LAST), ['old', 'last']],
    ['a prefix', archive(tarMember({ name: 'b', prefix: 'a' }), LAST), ['a/b', 'last']],
    [
      'no prefix of GNU headers',
      archive(tarMember({ name: 'b', prefix: 'a', magic: 'ustar  ' }), LAST),
      ['b', 'last'],
    ],
    ['the name of a pax header', archive(pax('x', '12 path=abc\n'), LAST), ['abc']],
    ['the next name without it', archive(pax('x', '12 path=abc\n'), LAST, LAST), ['abc', 'last']],
    [
      'a long name of GNU tar',
      archive(tarMember({ name: 'L', typeflag: 'L' }, Buffer.from('long\0')), LAST),
      ['long'],
    ],
    ['a comment for all', archive(pax('g', '12 comment=\n'), LAST), ['last']],
    ['the name of a pax sparse file', archive(pax('x', '22 GNU.sparse.name=ab\n'), LAST), ['ab']],
    ['a long link', archive(tarMember({ name: 'K', typeflag: 'K' }, Buffer.alloc(600)), LAST), ['last']],
    [
      'a link that claims a size',
      archive(tarHeader({ name: 'link', typeflag: '2', size: 5000 }), LAST),
      ['link', 'last'],
    ],
    [
      'a type that nobody knows',
      archive(tarMember({ name: 'new', typeflag: 'Z' }, Buffer.alloc(513)), LAST),
      ['new', 'last'],
    ],
    ['no volume label', archive(tarHeader({ name: 'label', typeflag: 'V' }), LAST), ['last']],
    [
      'a checksum of signed bytes',
      archive(tarMember({ name: 'é', isChecksumSigned: true }), LAST),
      ['é', 'last'],
    ],
  ])('reads %s', async (_what, bytes, expected) => {
    expect(await namesOf(bytes)).toEqual(expected);
  });

  it('passes over the maps of an old sparse file and tells that it is one', async () => {
    const map = Buffer.alloc(1024);
    map.writeUInt8(1, 504);
    const header = tarHeader({ name: 'sparse', typeflag: 'S', size: 600, isExtended: true });
    const entries = await list(archive(Buffer.concat([header, map, Buffer.alloc(1024)]), LAST));
    expect(entries.map(({ name, isRegularFile }) => [name, isRegularFile])).toEqual([
      ['sparse', false],
      ['last', true],
    ]);
  });

  it('believes the size of a pax header', async () => {
    const header = tarHeader({ name: 'large', size: 0 });
    const entries = await list(archive(pax('x', '12 size=600\n'), header, Buffer.alloc(1024), LAST));
    expect(entries.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
      ['large', 600],
      ['last', 1],
    ]);
  });

  test.each<[string, Buffer]>([
    ['a wrong checksum', archive(Buffer.from(LAST).fill('x', 0, 1))],
    ['text', Buffer.alloc(2048, 'hello ')],
    ['half a header', LAST.subarray(0, 300)],
    ['half a content', LAST.subarray(0, 700)],
    ['a header between the blocks of the end mark', Buffer.concat([LAST, Buffer.alloc(512), LAST])],
    ['sizes that are no numbers', archive(tarHeader({ name: 'a', sizeField: Buffer.from('1289') }))],
    ['a size of the pax header that is no number', archive(pax('x', '11 size=-1\n'), LAST)],
    ['a size of the pax header beyond all numbers', archive(pax('x', `25 size=${'9'.repeat(16)}\n`), LAST)],
    ['a damaged pax header', archive(pax('x', 'path=abc\n'), LAST)],
    [
      'a pax header that is too large',
      archive(tarMember({ name: 'p', typeflag: 'x' }, Buffer.alloc(1024 * 1024 + 1)), LAST),
    ],
    [
      'a long name that is too large',
      archive(tarMember({ name: 'p', typeflag: 'L' }, Buffer.alloc(1024 * 1024 + 1)), LAST),
    ],
    [
      'two names of one file',
      archive(pax('x', '12 path=abc\n'), tarMember({ name: 'L', typeflag: 'L' }, Buffer.from('def\0')), LAST),
    ],
    ['one name for all files', archive(pax('g', '12 path=abc\n'), LAST)],
    ['one size for all files', archive(pax('g', '8 size=\n'), LAST)],
    ['a name with NUL', archive(pax('x', '12 path=a\0c\n'), LAST)],
    ['sparse maps without an end', tarHeader({ name: 's', typeflag: 'S', size: 0, isExtended: true })],
  ])('refuses %s', async (_what, bytes) => {
    await expect(list(bytes)).rejects.toThrow(UnsoundArchiveError);
  });

  it('reads the same in pieces of any size', async () => {
    const bytes = archive(
      pax('x', '12 path=abc\n'),
      LAST,
      tarMember({ name: 'b' }, Buffer.alloc(3000)),
      LAST,
    );
    for (const pieceBytes of [1, 511, 512, 513, 100_000]) {
      expect((await list(bytes, pieceBytes)).map(({ name }) => name)).toEqual(['abc', 'b', 'last']);
    }
  });

  it('reads nothing of a member that goes beyond the limit', async () => {
    let bytes = 0;
    const endless = (function* () {
      for (let piece = tarHeader({ name: 'a', size: 2 ** 33 - 1 }); ; piece = Buffer.alloc(512)) {
        bytes += piece.length;
        yield piece;
      }
    })();
    const tar = new TarReader(new ByteReader(soon(endless), LIMIT));
    expect(await tar.next()).toMatchObject({ name: 'a' });
    await expect(tar.next()).rejects.toThrow(BeyondLimitError);
    expect(bytes).toBe(512);
  });

  it('ends at the limit, whatever the number of members', async () => {
    const header = tarHeader({ name: 'a' });
    const endless = (function* () {
      for (;;) yield header;
    })();
    const tar = new TarReader(new ByteReader(soon(endless), 512 * 1000));
    let entries = 0;
    const run = async () => {
      while ((await tar.next()) !== undefined) entries += 1;
    };
    await expect(run()).rejects.toThrow(BeyondLimitError);
    expect(entries).toBe(1000);
  });
});
