import { ResponseHeadReader } from './response-head.js';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "x"\r\n\r\n';

describe('ResponseHeadReader', () => {
  it('reads status, fields by lower-case name and size, and gives back what follows', () => {
    expect(new ResponseHeadReader().add(Buffer.from(`${HEAD}hel`))).toEqual({
      head: {
        statusCode: 200,
        headers: { 'content-length': '5', etag: '"x"' },
        sizeBytes: 5,
        keepsConnection: true,
      },
      rest: Buffer.from('hel'),
    });
  });

  it.each([
    ['close', false],
    ['Close', false],
    ['x-hop, close', false],
    ['Keep-Alive', true],
  ])('knows whether the connection stays with Connection: %s', (connection, keepsConnection) => {
    const head = HEAD.replace('OK\r\n', `OK\r\nConnection: ${connection}\r\n`);
    expect(new ResponseHeadReader().add(Buffer.from(head))).toMatchObject({ head: { keepsConnection } });
  });

  it('takes a head that comes byte by byte', () => {
    const reader = new ResponseHeadReader();
    const read = [...Buffer.from(HEAD)].map((byte) => reader.add(Buffer.of(byte)));
    expect(read.slice(0, -1).every((each) => each === undefined)).toBe(true);
    expect(read.at(-1)).toMatchObject({ head: { sizeBytes: 5 }, rest: Buffer.alloc(0) });
  });

  it.each([
    ['an empty reason', 'HTTP/1.1 206 \r\nContent-Length: 0', { statusCode: 206, sizeBytes: 0 }],
    ['no reason', 'HTTP/1.1 206\r\nContent-Length: 0', { statusCode: 206, sizeBytes: 0 }],
    ['blanks around a value', 'HTTP/1.1 200 OK\r\nContent-Length: \t7 ', { sizeBytes: 7 }],
    [
      'an empty value',
      'HTTP/1.1 200 OK\r\nContent-Length:7\r\nX:',
      { headers: { 'content-length': '7', x: '' } },
    ],
    [
      'a field twice',
      'HTTP/1.1 200 OK\r\nContent-Length:7\r\nx: a\r\nX: b',
      { headers: { 'content-length': '7', x: 'a, b' } },
    ],
    [
      'Latin-1',
      'HTTP/1.1 200 OK\r\nContent-Length:7\r\nx: \xe9',
      { headers: { 'content-length': '7', x: '\xe9' } },
    ],
  ])('takes %s', (_, text, head) => {
    expect(new ResponseHeadReader().add(Buffer.from(`${text}\r\n\r\n`, 'latin1'))).toMatchObject({ head });
  });

  const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5';
  it.each([
    ['an interim answer', 'HTTP/1.1 100 Continue'],
    ['an error', 'HTTP/1.1 404 Not Found\r\nContent-Length: 5'],
    ['a redirect', 'HTTP/1.1 301 Moved\r\nContent-Length: 0'],
    ['204', 'HTTP/1.1 204 No Content\r\nContent-Length: 0'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 5'],
    ['HTTP/2', 'HTTP/2 200\r\nContent-Length: 5'],
    ['another protocol', 'SSH-2.0-OpenSSH'],
    ['an empty head', ''],
    ['no size', 'HTTP/1.1 200 OK'],
    ['chunks', `${OK}\r\nTransfer-Encoding: chunked`],
    ['chunks and no size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked'],
    ['an upgrade', `${OK}\r\nUpgrade: h2c`],
    ['two sizes', `${OK}\r\nContent-Length: 6`],
    ['the same size twice', `${OK}\r\nContent-Length: 5`],
    ['two sizes in one field', 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5'],
    ['a negative size', 'HTTP/1.1 200 OK\r\nContent-Length: -5'],
    ['a signed size', 'HTTP/1.1 200 OK\r\nContent-Length: +5'],
    ['a hexadecimal size', 'HTTP/1.1 200 OK\r\nContent-Length: 0x5'],
    ['a size with a leading zero', 'HTTP/1.1 200 OK\r\nContent-Length: 05'],
    ['a size no number holds', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999'],
    ['an empty size', 'HTTP/1.1 200 OK\r\nContent-Length:'],
    ['a blank before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 5'],
    ['a folded line', `${OK}\r\nx: a\r\n b`],
    ['a line without a colon', `${OK}\r\nnonsense`],
    ['a bare line feed', `${OK}\nTransfer-Encoding: chunked`],
    ['a bare carriage return', `${OK}\r\nx: a\rb`],
    ['a zero byte', `${OK}\r\nx: \0`],
    ['a name that is none', `${OK}\r\nx y: 1`],
  ])('leaves %s to others', (_, text) => {
    expect(new ResponseHeadReader().add(Buffer.from(`${text}\r\n\r\n`, 'latin1'))).toBe('not-plain');
  });

  it('keeps no endless head', () => {
    const reader = new ResponseHeadReader();
    const line = Buffer.from(`x: ${'y'.repeat(1000)}\r\n`);
    reader.add(Buffer.from('HTTP/1.1 200 OK\r\n'));
    let lines = 0;
    while (reader.add(line) === undefined && lines < 100) lines += 1;
    expect(lines).toBeLessThan(20);
  });

  it('does not take a name of the object prototype for a field', () => {
    const text = `${OK}\r\n__proto__: chunked\r\nconstructor: x\r\n\r\n`;
    expect(new ResponseHeadReader().add(Buffer.from(text))).toMatchObject({ head: { sizeBytes: 5 } });
  });
});
