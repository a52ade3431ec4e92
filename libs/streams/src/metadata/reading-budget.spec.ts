import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';
import { ReadingBudget } from './reading-budget.js';

const MIB = 1024 * 1024;

describe('ReadingBudget', () => {
  it('lets sixty beginnings of unified images through', () => {
    const budget = new ReadingBudget();
    for (let image = 0; image < 60; image += 1) {
      budget.spendCompressed(4 * MIB);
      budget.spendDecompressed(64 * MIB);
    }
    expect(() => {
      budget.spendParsed(1000);
    }).not.toThrow();
  });

  test.each<[string, (budget: ReadingBudget) => void, RegExp]>([
    [
      'few bytes that become very many',
      (budget) => {
        budget.spendCompressed(2 * MIB);
        budget.spendDecompressed(297 * MIB);
      },
      /more than 20 times their size/,
    ],
    [
      'many bytes that become none',
      (budget) => {
        budget.spendCompressed(4097 * MIB);
      },
      /more than 4294967296 bytes to read/,
    ],
    [
      'much YAML',
      (budget) => {
        for (let file = 0; file < 10; file += 1) budget.spendParsed(MIB);
      },
      /more than 20 times their size/,
    ],
  ])('refuses %s', (_what, spend, reason) => {
    const budget = new ReadingBudget();
    const spending = () => {
      spend(budget);
    };
    expect(spending).toThrow(InvalidImageMetadataError);
    expect(() => {
      budget.spendCompressed(0);
    }).toThrow(reason);
  });
});
