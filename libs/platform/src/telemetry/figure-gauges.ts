import type { FactoryProvider } from '@nestjs/common';
import { getToken } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import type { Figure } from './figure.js';

/** Shows figures as gauges. What a sample does not hold is not shown, rather than shown as it was or as zero. */
export class FigureGauges {
  /** Gauges by the name of their figure. */
  constructor(private readonly gauges: ReadonlyMap<string, Gauge>) {}

  /** Replaces everything shown. Figures without a gauge are left out. */
  show(figures: readonly Figure[]): void {
    for (const gauge of this.gauges.values()) {
      gauge.reset();
      // A gauge without labels is 0 after a reset.
      gauge.remove({});
    }
    for (const { figure, labels, value } of figures) {
      this.gauges.get(figure)?.set(labels, value);
    }
  }
}

/** Provides the FigureGauges of a process. `definitions` names the metric of each figure; the gauges are provided apart. */
export function provideFigureGauges(
  definitions: Readonly<Record<string, { readonly name: string }>>,
): FactoryProvider<FigureGauges> {
  const figures = Object.keys(definitions);
  return {
    provide: FigureGauges,
    useFactory: (...gauges: Gauge[]) =>
      new FigureGauges(new Map(gauges.map((gauge, index) => [figures[index] ?? '', gauge]))),
    inject: Object.values(definitions).map(({ name }) => getToken(name)),
  };
}
