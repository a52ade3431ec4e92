/** What half an instruction code stands for. A size of 0 is written beside it. */
export interface Instruction {
  readonly type: 'add' | 'run' | 'copy';
  readonly sizeBytes: number;
  /** How a copy writes its address. */
  readonly mode: number;
}

type Code = readonly Instruction[];

const MODES = 9;

/** The instruction codes of RFC 3284, section 5.6, in their order: one or two instructions each. */
export const CODE_TABLE: readonly Code[] = [...codes()];

function* codes(): Generator<Code> {
  yield [{ type: 'run', sizeBytes: 0, mode: 0 }];
  for (let size = 0; size <= 17; size += 1) {
    yield [add(size)];
  }
  for (let mode = 0; mode < MODES; mode += 1) {
    yield [copy(0, mode)];
    for (let size = 4; size <= 18; size += 1) {
      yield [copy(size, mode)];
    }
  }
  for (let mode = 0; mode < MODES; mode += 1) {
    for (let added = 1; added <= 4; added += 1) {
      for (let copied = 4; copied <= (mode < 6 ? 6 : 4); copied += 1) {
        yield [add(added), copy(copied, mode)];
      }
    }
  }
  for (let mode = 0; mode < MODES; mode += 1) {
    yield [copy(4, mode), add(1)];
  }
}

function add(sizeBytes: number): Instruction {
  return { type: 'add', sizeBytes, mode: 0 };
}

function copy(sizeBytes: number, mode: number): Instruction {
  return { type: 'copy', sizeBytes, mode };
}
