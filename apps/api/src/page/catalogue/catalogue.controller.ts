import { type Caller, mayWriteImage } from '@imgsrv/auth';
import { Aliases, Images, Overviews, Promotions, VersionNotFoundError, Versions } from '@imgsrv/catalog';
import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../access/access.decorator.js';
import { CurrentCaller } from '../../access/current-caller.decorator.js';
import { viewerOf } from '../../access/viewer.js';
import { toPageRequest } from '../../http/page.js';
import { ReportedManifests } from '../../images/reported-manifests.js';
import { sendPage } from '../layout/send-page.js';
import { Page } from '../page.decorator.js';
import { DoneQuery, ListQuery } from '../session/sign-in.dto.js';
import { CatalogueQuery } from './catalogue.dto.js';
import { cataloguePage } from './catalogue.view.js';
import { imagePage } from './image.view.js';
import { versionPage } from './version.view.js';

const IMAGES_A_PAGE = 50;
const VERSIONS_A_PAGE = 50;
const SHOWN_PROMOTIONS = 5;
/** An image has no more. */
const ALL_ALIASES = { limit: 1000 };

/** What is published, for everybody; whoever may write an image also sees what of it is not. */
@Page()
@Controller()
@Access('anonymous')
export class CatalogueController {
  constructor(
    private readonly overviews: Overviews,
    private readonly images: Images,
    private readonly versions: Versions,
    private readonly aliases: Aliases,
    private readonly promotions: Promotions,
    private readonly manifests: ReportedManifests,
  ) {}

  @Get()
  async list(
    @Query() { q = '', cursor }: CatalogueQuery,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const asked = toPageRequest({ limit: IMAGES_A_PAGE, ...(cursor === undefined ? {} : { cursor }) });
    const page = await this.overviews.list({ text: q }, viewerOf(caller), asked);
    await sendPage(
      request,
      response,
      cataloguePage({ page, search: q.trim(), isFirst: cursor === undefined }),
    );
  }

  @Get('images/:name')
  async image(
    @Param('name') name: string,
    @Query() { cursor, done }: ListQuery,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const viewer = viewerOf(caller);
    const asked = toPageRequest({ limit: VERSIONS_A_PAGE, ...(cursor === undefined ? {} : { cursor }) });
    const [image, versions, aliases] = await Promise.all([
      this.images.get(name, viewer),
      this.versions.list(name, ['draft', 'publishing', 'published', 'withdrawn'], viewer, asked),
      this.aliases.list(name, viewer, ALL_ALIASES),
    ]);
    const promotions = mayWriteImage(caller, name)
      ? (await this.promotions.list(name, viewer, { limit: SHOWN_PROMOTIONS })).items
      : [];
    const latest = aliases.items.find(({ alias }) => alias === 'latest')?.version;
    const used = latest ?? versions.items.find(({ state }) => state === 'published')?.version;
    const manifest = used === undefined ? undefined : await this.manifests.get(name, used, viewer);
    await sendPage(
      request,
      response,
      imagePage({ image, versions, aliases: aliases.items, promotions, manifest, done }),
    );
  }

  /** The version of this name or, without one, the one that this alias points to. */
  @Get('images/:name/:ref')
  async version(
    @Param('name') name: string,
    @Param('ref') ref: string,
    @Query() { done }: DoneQuery,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const viewer = viewerOf(caller);
    const aliases = await this.aliases.list(name, viewer, ALL_ALIASES);
    const reported = await this.manifests.get(name, ref, viewer).catch((error: unknown) => {
      const named = aliases.items.find(({ alias }) => alias === ref);
      if (named === undefined || !(error instanceof VersionNotFoundError)) {
        throw error;
      }
      return this.manifests.get(name, named.version, viewer);
    });
    const { id } = reported.manifest.version;
    const own = aliases.items.filter(({ versionId }) => versionId === id);
    await sendPage(request, response, versionPage({ reported, aliases: own, done }));
  }
}
