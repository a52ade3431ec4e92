import { FigureGauges } from '@imgsrv/platform';
import { getToken } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { FIGURE_GAUGES } from './metrics.js';

const FIGURES = Object.keys(FIGURE_GAUGES);

/** The gauges of this process that show figures. */
export const FIGURE_GAUGES_PROVIDER = {
  provide: FigureGauges,
  useFactory: (...gauges: Gauge[]) =>
    new FigureGauges(new Map(gauges.map((gauge, index) => [FIGURES[index] ?? '', gauge]))),
  inject: Object.values(FIGURE_GAUGES).map(({ name }) => getToken(name)),
};
