import { KeptCatalogues } from './kept-catalogues.js';

const of = (products: number) => ({ products });

function kept(catalogues: KeptCatalogues<{ products: number }>): string {
  return ['a', 'b', 'c', 'd'].filter((key) => catalogues.get(key) !== undefined).join('');
}

it('keeps so many, those that were asked for last', () => {
  const catalogues = new KeptCatalogues<{ products: number }>(2);
  const first = of(1);
  catalogues.keep('a', first);
  catalogues.keep('b', of(1));
  catalogues.keep('a', first);
  catalogues.keep('c', of(1));
  expect(kept(catalogues)).toBe('ac');
  catalogues.drop('a');
  expect(kept(catalogues)).toBe('c');
});

it('keeps no more products than there is room for', () => {
  const catalogues = new KeptCatalogues<{ products: number }>(10, 100);
  catalogues.keep('a', of(30));
  catalogues.keep('b', of(30));
  catalogues.keep('c', of(40));
  expect(kept(catalogues)).toBe('abc');
  catalogues.keep('d', of(31));
  expect(kept(catalogues)).toBe('cd');
});

it('sees one grow', () => {
  const catalogues = new KeptCatalogues<{ products: number }>(10, 100);
  const growing = { products: 1 };
  catalogues.keep('a', growing);
  catalogues.keep('b', of(50));
  growing.products = 60;
  catalogues.keep('a', growing);
  expect(kept(catalogues)).toBe('a');
});

it('always keeps the last one', () => {
  const catalogues = new KeptCatalogues<{ products: number }>(10, 100);
  catalogues.keep('a', of(1));
  catalogues.keep('b', of(1000));
  expect(kept(catalogues)).toBe('b');
});
