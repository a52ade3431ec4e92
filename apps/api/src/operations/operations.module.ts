import { type DynamicModule, Module } from '@nestjs/common';
import { Readiness } from '@imgsrv/platform';
import { OperationsController } from './operations.controller.js';

@Module({})
export class OperationsModule {
  static with(readiness: Readiness): DynamicModule {
    return {
      module: OperationsModule,
      controllers: [OperationsController],
      providers: [{ provide: Readiness, useValue: readiness }],
    };
  }
}
